// What listening is measured against, too: express with Twilio's own validation, each webhook
// committed in one row of an SQLite table before it is answered. FILE TOKEN; prints {"port":N}.
const express = require("express");
const twilio = require("twilio");
const Database = require("better-sqlite3");

const [file, token] = process.argv.slice(2);
const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.pragma("wal_autocheckpoint = 10000");
database.exec("CREATE TABLE webhooks (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body TEXT NOT NULL)");
const insert = database.prepare("INSERT INTO webhooks (key, body) VALUES (?, ?) ON CONFLICT DO NOTHING");

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post("/", (request, response) => {
  const url = `http://${request.headers.host}${request.originalUrl}`;
  const signature = request.headers["x-twilio-signature"];
  if (!signature || !twilio.validateRequest(token, signature, url, request.body)) {
    return response.sendStatus(403);
  }
  insert.run(`${request.body.MessageSid} ${request.body.SmsStatus}`, JSON.stringify(request.body));
  response.type("text/xml").send("<Response/>");
});
const server = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.on("SIGTERM", () => {
  console.log(JSON.stringify({ kept: database.prepare("SELECT count(*) AS n FROM webhooks").get().n }));
  process.exit(0);
});
