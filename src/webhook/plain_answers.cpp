#include "webhook/plain_answers.hpp"

namespace smsctl::webhook {

http::ServerResponse plain_answer(int status, std::string_view words)
{
    http::ServerResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    response.body = std::string(words) + "\n";
    return response;
}

http::ServerResponse refusal(int status)
{
    switch (status) {
    case 403:
        return plain_answer(status,
                            "refused: the request is not signed by the owner of this number");
    case 404:
        return plain_answer(status, "no such number here");
    default:
        return plain_answer(status, "unreadable request");
    }
}

} // namespace smsctl::webhook
