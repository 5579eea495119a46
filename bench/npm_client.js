// Posts messages with Twilio's own Node library: URL COUNT IN_FLIGHT. Nothing is repeated.
const http = require("http");
const twilio = require("twilio");

const [base, count, inFlight] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const account = "AC5100000000000000000000000000051a";
const token = "5151a70de05151a70de05151a70de051";

// The library has no option for another base address, and keeps connections for https only.
class ElsewhereClient extends twilio.RequestClient {
  constructor() {
    super();
    this.axios.defaults.httpAgent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  }
  request(options) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", base) });
  }
}

const client = twilio(account, token, { httpClient: new ElsewhereClient() });
let next = 0;

async function post() {
  while (next < count) {
    const n = next++;
    await client.messages.create({
      to: `+1${4152000000 + n}`,
      from: "+15005550006",
      body: `Your parcel ${n} arrives today between 9 and 11. Reply STOP to opt out.`,
    });
  }
}

Promise.all(Array.from({ length: inFlight }, post)).catch((error) => {
  console.error(error);
  process.exit(1);
});
