"""A simulated account whose number points at somebody's application, for the tests of `listen --point`."""

import json
import unittest
import urllib.parse
import urllib.request

from smsctl_process import PATIENCE, Home

OURS = "https://tunnel.example/"
THEIRS = "https://app.example/sms"


class PointWorld(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.number = self.sim.numbers[0]
        self.home.run("number", "set", self.number, f"webhook={THEIRS}", "-y", check=0)

    def webhook(self):
        """The number's webhook as the provider has it."""
        listed = json.loads(self.ask("IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        return next(each["sms_url"] for each in listed if each["phone_number"] == self.number)

    def ask(self, path, form=None):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self.sim.url, self.sim.account_sid, self.sim.auth_token)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
        data = urllib.parse.urlencode(form).encode() if form else None
        url = f"{self.sim.url}/2010-04-01/Accounts/{self.sim.account_sid}/{path}"
        with opener.open(url, data, timeout=PATIENCE) as answer:
            return answer.read()
