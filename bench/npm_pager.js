// Lists all messages with Twilio's own Node library, a thousand a page: URL. Stores nothing.
const http = require("http");
const twilio = require("twilio");

const base = process.argv[2];
const account = "AC5100000000000000000000000000051a";

// The library has no option for another base address, and keeps connections for https only.
class ElsewhereClient extends twilio.RequestClient {
  constructor() {
    super();
    this.axios.defaults.httpAgent = new http.Agent({ keepAlive: true });
  }
  request(options) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", base) });
  }
}

const client = twilio(account, "5151a70de05151a70de05151a70de051", { httpClient: new ElsewhereClient() });

async function main() {
  let delivered = 0;
  let page = await client.messages.page({ pageSize: 1000 });
  for (; page; page = await page.nextPage()) {
    for (const message of page.instances) delivered += message.status === "delivered" ? 1 : 0;
  }
  console.log(JSON.stringify({ changed: delivered }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
