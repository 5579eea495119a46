"""The simulator's answers against Twilio's own OpenAPI description, where SMSCTL_OPENAPI names it.

The file is a subset of github.com/twilio/twilio-oai (version 2010-04-01) as one document.
"""

import json
import os
import pathlib
import unittest
from urllib.parse import urlsplit

from simulator import SimulatorTest

try:
    import jsonschema
except ImportError:
    jsonschema = None

FILE = os.environ.get("SMSCTL_OPENAPI", "")


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


@unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
@unittest.skipUnless(FILE and pathlib.Path(FILE).is_file(), "SMSCTL_OPENAPI names no file")
class Answers(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.document = json.loads(pathlib.Path(FILE).read_text())
        self.resolver = jsonschema.RefResolver("", json_schema(self.document))

    def check(self, template, method="get"):
        """Holds the last answer against the operation's response schema."""
        answer = self.http.last
        operation = self.document["paths"][template][method]
        response = self.resolved(operation["responses"][str(answer.status_code)])
        schema = response["content"]["application/json"]["schema"]
        jsonschema.Draft7Validator(
            json_schema(schema), resolver=self.resolver).validate(answer.json())
        if answer.ok:
            self.every_property_is_there(schema, answer.json())

    def resolved(self, node):
        while "$ref" in node:
            _, node = jsonschema.RefResolver("", self.document).resolve(node["$ref"])
        return node

    def every_property_is_there(self, schema, body):
        """Twilio leaves no field out; a list's records are held to it one by one."""
        for name, below in self.resolved(schema).get("properties", {}).items():
            self.assertIn(name, body)
            for record in body[name] if isinstance(body[name], list) else []:
                self.every_property_is_there(below["items"], record)

    def fetch(self, path):
        self.http.last = self.get(path)

    def test_every_resource(self):
        base = "/2010-04-01/Accounts/{AccountSid}"
        self.send(media_url=["https://x.test/a.png"])
        self.check(base + "/Messages.json", "post")
        made = self.http.last.json()
        self.wait_for(made["sid"], "delivered")
        self.check(base + "/Messages/{Sid}.json")
        self.client.messages(made["sid"]).update(body="")
        self.check(base + "/Messages/{Sid}.json", "post")
        self.fetch(made["subresource_uris"]["media"])
        self.check(base + "/Messages/{MessageSid}/Media.json")
        self.fetch(self.http.last.json()["media_list"][0]["uri"])
        self.check(base + "/Messages/{MessageSid}/Media/{Sid}.json")
        for name in ("Messages", "IncomingPhoneNumbers"):
            self.fetch(f"/2010-04-01/Accounts/{self.account_sid}/{name}.json?PageSize=1")
            self.check(f"{base}/{name}.json")
        self.fetch(urlsplit(self.http.last.json()["incoming_phone_numbers"][0]["uri"]).path)
        self.check(base + "/IncomingPhoneNumbers/{Sid}.json")
        self.fetch(f"/2010-04-01/Accounts/{self.account_sid}/Balance.json")
        self.check(base + "/Balance.json")
        self.fetch(f"/2010-04-01/Accounts/{self.account_sid}.json")
        self.check("/2010-04-01/Accounts/{Sid}.json")

    def test_errors(self):
        base = "/2010-04-01/Accounts/{AccountSid}"
        account = f"/2010-04-01/Accounts/{self.account_sid}"
        self.fetch(account + "/Messages/SM" + "0" * 32 + ".json")
        self.check(base + "/Messages/{Sid}.json")
        self.fetch(account + "/Messages.json?PageSize=1001")
        self.check(base + "/Messages.json")
        self.auth_token = "wrong"
        self.fetch(account + "/Messages.json")
        self.check(base + "/Messages.json")


if __name__ == "__main__":
    unittest.main()
