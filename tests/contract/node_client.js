// Twilio's own Node library against `smsctl sim`: URL ACCOUNT_SID AUTH_TOKEN NUMBER SERVICE_SID.
// Exits with 1 and says why when something is not as it must be.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const twilio = require("twilio");

const [base, accountSid, authToken, ours, service] = process.argv.slice(2);
const theirs = "+14155552671";
const patience = 20_000; // ms; only a failing test waits that long

// The library has no option for another base address. A client of one's own is the way it
// documents; this one changes where the request goes and nothing else of it.
class ElsewhereClient extends twilio.RequestClient {
  request(options) {
    const uri = options.uri.replace(/^https:\/\/(api|messaging|monitor)\.twilio\.com/, base);
    assert.ok(uri.startsWith(base), uri);
    return super.request({ ...options, uri });
  }
}

const client = twilio(accountSid, authToken, { httpClient: new ElsewhereClient() });

async function waitFor(what, ask) {
  const until = Date.now() + patience;
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() < until, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const settled = (sid, status) =>
  waitFor(`${sid} to be ${status}`, async () => {
    const message = await client.messages(sid).fetch();
    return message.status === status ? message : null;
  });

async function control(path, fields) {
  const answer = await fetch(base + path, { method: "POST", body: new URLSearchParams(fields) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

async function refused(promise, status, code) {
  const error = await promise.then(() => null, (problem) => problem);
  assert.ok(error instanceof twilio.RestException, `expected ${code}, got ${error}`);
  assert.deepEqual([error.status, error.code], [status, code]);
}

/// An application behind a number: checks every signature, answers with `reply`.
function application(reply) {
  const requests = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const form = Object.fromEntries(new URLSearchParams(body));
      const url = `http://127.0.0.1:${server.address().port}${request.url}`;
      const signature = request.headers["x-twilio-signature"];
      requests.push({ form, valid: twilio.validateRequest(authToken, signature, url, form) });
      const twiml = new twilio.twiml.MessagingResponse();
      if (reply && form.SmsStatus === "received") twiml.message(reply);
      response.writeHead(200, { "Content-Type": "text/xml" }).end(twiml.toString());
    });
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve({ requests, server, url: `http://127.0.0.1:${server.address().port}` })));
}

const tests = {
  async messages() {
    const made = await client.messages.create({ to: theirs, from: ours, body: "grüße 😀" });
    assert.match(made.sid, /^SM[0-9a-f]{32}$/);
    assert.deepEqual([made.status, made.price, made.dateSent], ["queued", null, null]);
    const done = await settled(made.sid, "delivered");
    assert.equal(done.body, "grüße 😀");
    assert.ok(done.dateSent instanceof Date);
    assert.equal((await client.messages(made.sid).update({ body: "" })).body, "");
    assert.equal(await client.messages(made.sid).remove(), true);
    await refused(client.messages(made.sid).fetch(), 404, 20404);
  },

  async lists() {
    const sids = [];
    for (let i = 0; i < 5; i++)
      sids.push((await client.messages.create({ to: "+14155552672", from: ours, body: `${i}` })).sid);
    for (const sid of sids) await settled(sid, "delivered");
    const listed = await client.messages.list({ to: "+14155552672", pageSize: 2 });
    assert.deepEqual(listed.map((each) => each.sid), sids.reverse());
    const tomorrow = new Date(Date.now() + 86_400_000);
    assert.deepEqual(await client.messages.list({ dateSentAfter: tomorrow }), []);
  },

  async media() {
    const made = await client.messages.create({
      to: theirs, from: ours, mediaUrl: ["https://x.test/a.png", "https://x.test/b.gif"] });
    const media = await client.messages(made.sid).media.list();
    assert.deepEqual(media.map((each) => each.contentType), ["image/png", "image/gif"]);
    assert.equal((await client.messages(made.sid).media(media[0].sid).fetch()).parentSid, made.sid);
    assert.equal(await client.messages(made.sid).media(media[0].sid).remove(), true);
    assert.equal((await client.messages(made.sid).media.list()).length, 1);
  },

  async scheduling() {
    const made = await client.messages.create({
      to: theirs, messagingServiceSid: service, body: "later", scheduleType: "fixed",
      sendAt: new Date(Date.now() + 3_600_000) });
    assert.deepEqual([made.status, made.from], ["scheduled", null]);
    assert.equal((await client.messages(made.sid).update({ status: "canceled" })).status, "canceled");
    await refused(client.messages(made.sid).update({ status: "canceled" }), 409, 30409);
  },

  async refusals() {
    await refused(client.messages.create({ to: "+15005550001", from: ours, body: "x" }), 400, 21211);
    await refused(client.messages.create({ to: theirs, from: "+15005550007", body: "x" }), 400, 21606);
    await refused(client.messages.create({ to: theirs, from: "+15005550008", body: "x" }), 429, 21611);
    await refused(client.messages.create({ to: theirs, from: ours, body: "" }), 400, 21602);
    await control("/sim/faults", { kind: "error_500_after" });
    await refused(client.messages.create({ to: theirs, from: ours, body: "x" }), 500, 20500);
  },

  async numbersAndServices() {
    const numbers = await client.incomingPhoneNumbers.list({ pageSize: 1 });
    assert.equal(numbers.length, 4);
    const bought = await client.incomingPhoneNumbers.create({ areaCode: "212" });
    const made = await client.messaging.v1.services.create({ friendlyName: "Shop" });
    const shop = client.messaging.v1.services(made.sid);
    const sender = await shop.phoneNumbers.create({ phoneNumberSid: bought.sid });
    assert.deepEqual(sender.capabilities, ["MMS", "SMS", "Voice"]);
    assert.equal((await shop.phoneNumbers.list()).length, 1);
    assert.equal((await shop.update({ stickySender: false })).stickySender, false);
    assert.equal((await client.messaging.v1.services.list({ pageSize: 1 })).length, 2);
    assert.equal(await shop.phoneNumbers(bought.sid).remove(), true);
    assert.equal(await shop.remove(), true);
    assert.equal(await client.incomingPhoneNumbers(bought.sid).remove(), true);
  },

  async accountAndCalls() {
    assert.equal((await client.api.v2010.accounts(accountSid).fetch()).status, "active");
    assert.equal((await client.balance.fetch()).currency, "USD");
    await control("/sim/calls", { From: theirs, To: ours, Duration: "61" });
    const [call] = await client.calls.list({ to: ours });
    assert.deepEqual([call.duration, call.direction], ["61", "inbound"]);
    assert.equal((await client.calls(call.sid).fetch()).sid, call.sid);
  },

  async webhooks() {
    const app = await application("Thanks & bye <3");
    try {
      const [number] = await client.incomingPhoneNumbers.list({ phoneNumber: ours });
      await client.incomingPhoneNumbers(number.sid).update({ smsUrl: app.url + "/in?a=b%20c" });
      await client.messages.create({
        to: theirs, from: ours, body: "x", statusCallback: app.url + "/status" });
      await control("/sim/inbound", { From: "+14155552673", To: ours, Body: "Grüße & +" });
      const reply = await waitFor("the reply", async () =>
        (await client.messages.list({ to: "+14155552673" }))[0]);
      assert.deepEqual([reply.direction, reply.body], ["outbound-reply", "Thanks & bye <3"]);
      await waitFor("the callbacks", () => app.requests.length >= 3);
      assert.deepEqual(app.requests.map((each) => each.valid), [true, true, true]);
    } finally {
      app.server.close();
    }
  },

  async optOuts() {
    await control("/sim/inbound", { From: "+14155552674", To: ours, Body: "STOP" });
    await refused(
      client.messages.create({ to: "+14155552674", from: ours, body: "x" }), 400, 21610);
    await control("/sim/inbound", { From: "+14155552674", To: ours, Body: "start" });
    await client.messages.create({ to: "+14155552674", from: ours, body: "x" });
  },

  async credentials() {
    const stranger = twilio(accountSid, "wrong", { httpClient: new ElsewhereClient() });
    await refused(stranger.messages.list(), 401, 20003);
  },
};

(async () => {
  for (const [name, test] of Object.entries(tests)) {
    await test();
    console.log(`ok ${name}`);
  }
})().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  });
