#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::sim {

/// `<Message>`: a reply. Empty texts were not given.
struct TwimlMessage {
    std::string to;
    std::string from;
    std::string body;
    std::vector<std::string> media;
    std::string action;
    std::string method = "POST";
    std::string status_callback;
};

/// `<Redirect>`: go on with the document at another URL.
struct TwimlRedirect {
    std::string url;
    std::string method = "POST";
};

using TwimlVerb = std::variant<TwimlMessage, TwimlRedirect>;

/// What an application's document tells Twilio to do.
struct Twiml {
    std::vector<TwimlVerb> verbs;     ///< in the order of the document
    int error = 0;                    ///< why nothing of it is done: 12100, 12102, 14110; 0: it is
    std::string problem;              ///< the same in words
    std::vector<std::string> unknown; ///< elements that were passed over (12200)
};

/// Reads a document. Never throws; takes time and memory in its length, whatever it holds.
Twiml parse_twiml(std::string_view document);

} // namespace smsctl::sim
