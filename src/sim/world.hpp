#pragma once

namespace smsctl::sim {

class Account;
class Alerts;
class Calls;
class Faults;
class Inbound;
class Ledger;
class Replies;
class SimClock;
class WebhookCaller;
struct Traffic;

/// All that a simulator holds, for what looks at it from outside or directs it.
struct World {
    Account& account;
    Ledger& ledger;
    Calls& calls;
    Alerts& alerts;
    Faults& faults;
    Replies& replies;
    Inbound& inbound;
    SimClock& clock;
    const Traffic& traffic;
    const WebhookCaller& caller;
};

} // namespace smsctl::sim
