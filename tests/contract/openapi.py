"""Twilio's OpenAPI description as a judge of requests and answers.

SMSCTL_OPENAPI names the document (a subset of github.com/twilio/twilio-oai as one file) or the
folder that holds it as twilio-openapi.json; without it `document()` is None and nothing is judged.
"""

import email.utils
import functools
import json
import os
import pathlib
import re
from urllib.parse import parse_qsl, urlsplit

try:
    import jsonschema
except ImportError:
    jsonschema = None

WHERE = os.environ.get("SMSCTL_OPENAPI", "")


@functools.lru_cache(maxsize=1)
def document():
    path = pathlib.Path(WHERE)
    if path.is_dir():
        path = path / "twilio-openapi.json"
    if jsonschema is None or not WHERE or not path.is_file():
        return None
    return Document(json.loads(path.read_text()))


def why_not():
    """Why there is no document; for a skipped test to print."""
    return "SMSCTL_OPENAPI names no document" if jsonschema else "python3-jsonschema is missing"


def json_schema(node):
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own."""
    if isinstance(node, list):
        return [json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    converted = {key: json_schema(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, converted]}
    return converted


def format_checker():
    """The document's own formats, which the library does not know."""
    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("date-time-rfc-2822")
    def _(value):
        return not isinstance(value, str) or (
            re.fullmatch(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000", value)
            and email.utils.parsedate_to_datetime(value) is not None)

    @checker.checks("date-time")
    def _(value):
        return not isinstance(value, str) or bool(
            re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", value))

    @checker.checks("uri")
    def _(value):
        return not isinstance(value, str) or value == "" or bool(
            urlsplit(value).scheme and urlsplit(value).netloc)

    @checker.checks("uri-reference")
    def _(value):
        return not isinstance(value, str) or (value.startswith("/") and " " not in value)

    @checker.checks("phone-number")
    def _(value):
        return not isinstance(value, str) or bool(re.fullmatch(r"\+\d{7,15}", value))

    return checker


class Document:
    def __init__(self, document):
        self.document = document
        self.refs = jsonschema.RefResolver("", document)
        self.schemas = jsonschema.RefResolver("", json_schema(document))
        self.formats = format_checker()
        self.judged = set()  # "get /path/{Sid}.json 200"
        self.paths = [(re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(template)) + "$"),
                       template) for template in document["paths"]]

    def operations(self):
        """Every "get /path/{Sid}.json" there is."""
        return {f"{method} {template}" for template, item in self.document["paths"].items()
                for method in item if method in ("get", "post", "delete")}

    def find(self, method, target):
        """Template and operation for a request; None where the document knows neither."""
        path = urlsplit(target).path
        for pattern, template in self.paths:
            operation = self.document["paths"][template].get(method.lower())
            if operation and pattern.match(path):
                return template, operation
        return None

    def resolved(self, node):
        while "$ref" in node:
            _, node = self.refs.resolve(node["$ref"])
        return node

    def validate(self, schema, value):
        jsonschema.Draft7Validator(json_schema(schema), resolver=self.schemas,
                                   format_checker=self.formats).validate(value)

    def check_request(self, method, target, headers, body):
        """Parameters and form fields: all known, all of their types, none that must be there
        missing."""
        found = self.find(method, target)
        assert found, f"the document has no {method} {target}"
        template, operation = found
        parameters = {each["name"]: each for each in
                      map(self.resolved, operation.get("parameters", []))}
        names = re.findall(r"{(\w+)}", template)
        pattern = next(pattern for pattern, known in self.paths if known == template)
        values = dict(zip(names, pattern.match(urlsplit(target).path).groups()))
        query = parse_qsl(urlsplit(target).query, keep_blank_values=True)
        assert len(dict(query)) == len(query), f"repeated parameters: {target}"
        values.update(query)
        for name, value in values.items():
            assert name in parameters, f"{method} {template} knows no parameter {name}"
            self.validate(parameters[name]["schema"], self.typed(parameters[name]["schema"], value))
        self.check_form(operation, f"{method} {template}", headers, body)

    def check_form(self, operation, where, headers, body):
        if "requestBody" not in operation:
            assert not body, f"{where} takes no body"
            return
        media_type = headers.get("Content-Type", "").partition(";")[0].lower()
        assert media_type == "application/x-www-form-urlencoded", f"{where}: {media_type}"
        schema = self.resolved(operation["requestBody"]["content"][media_type]["schema"])
        fields = {}
        for name, value in parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True):
            assert name in schema["properties"], f"{where} knows no field {name}"
            known = self.resolved(schema["properties"][name])
            if known.get("type") == "array":
                fields.setdefault(name, []).append(self.typed(known["items"], value))
            else:
                assert name not in fields, f"{where} has {name} twice"
                fields[name] = self.typed(known, value)
        self.validate(schema, fields)

    def typed(self, schema, text):
        """What the text stands for under the schema."""
        kind = self.resolved(schema).get("type")
        if kind == "integer" and re.fullmatch(r"-?\d+", text):
            return int(text)
        if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return text

    def check_answer(self, method, target, status, headers, body):
        """The answer against the operation's schema for its status; Twilio leaves no field out."""
        found = self.find(method, target)
        assert found, f"the document has no {method} {target}"
        template, operation = found
        self.judged.add(f"{method.lower()} {template} {status}")
        assert re.fullmatch("RQ[0-9a-f]{32}", headers["Twilio-Request-Id"])
        response = operation["responses"].get(str(status))
        if response is None:
            assert status >= 400, f"{method} {template} answers no {status}"
            schema = {"$ref": "#/components/schemas/api_error"}
        else:
            content = self.resolved(response).get("content")
            if content is None:
                assert body in (b"", ""), f"{status} has no body"
                return
            schema = content["application/json"]["schema"]
        value = json.loads(body)
        self.validate(schema, value)
        if status < 400:
            self.every_property_is_there(schema, value)

    def every_property_is_there(self, schema, body):
        for name, below in self.resolved(schema).get("properties", {}).items():
            assert name in body, f"{name} is missing"
            below = self.resolved(below)
            for record in body[name] if isinstance(body[name], list) else []:
                if "items" in below:
                    self.every_property_is_there(below["items"], record)
