#include "sim/services_resource.hpp"

#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::sim {

namespace {

constexpr std::size_t most_senders = 400;

} // namespace

http::ServerResponse ServicesResource::answer(const ApiRequest& request)
{
    const auto& at = request.resource;
    if (at.size() == 1) {
        if (request.writes())
            return create(request);
        return request.reads() ? list(request) : sim::answer(method_not_allowed());
    }
    MessagingService* service = m_account.service(at[1]);
    if (service == nullptr)
        return sim::answer(not_found(request.path));
    if (at.size() == 2)
        return one(request, *service);
    if (at[2] != "PhoneNumbers" || at.size() > 4)
        return sim::answer(not_found(request.path));
    return at.size() == 3 ? senders(request, *service) : sender(request, *service);
}

http::ServerResponse ServicesResource::list(const ApiRequest& request)
{
    std::vector<const MessagingService*> services;
    for (const MessagingService& each : m_account.services())
        services.push_back(&each);
    return answer_page(request, "services", services, [&](const MessagingService& each) {
        return service_json(each, m_account.sid(), request.base);
    });
}

http::ServerResponse ServicesResource::create(const ApiRequest& request)
{
    MessagingService service(m_account.sids().next("MG"), m_clock.now());
    if (const auto problem = change_service(service, request.form, m_clock.now()))
        return sim::answer(*problem);
    m_account.services().push_back(std::move(service));
    return sim::answer(201,
                       service_json(m_account.services().back(), m_account.sid(), request.base));
}

http::ServerResponse ServicesResource::one(const ApiRequest& request, MessagingService& service)
{
    if (request.deletes()) {
        std::erase_if(m_account.services(), [sid = service.sid](const MessagingService& each) {
            return each.sid == sid;
        });
        return no_content();
    }
    if (request.writes()) {
        if (const auto problem = change_service(service, request.form, m_clock.now()))
            return sim::answer(*problem);
    } else if (!request.reads()) {
        return sim::answer(method_not_allowed());
    }
    return sim::answer(200, service_json(service, m_account.sid(), request.base));
}

http::ServerResponse ServicesResource::senders(const ApiRequest& request, MessagingService& service)
{
    if (request.writes())
        return add(request, service);
    if (!request.reads())
        return sim::answer(method_not_allowed());
    std::vector<const PhoneNumber*> numbers;
    for (const std::string& sid : service.senders)
        numbers.push_back(m_account.by_sid(sid));
    return answer_page(request, "phone_numbers", numbers, [&](const PhoneNumber& each) {
        return sender_json(each, service.sid, m_account.sid(), request.base);
    });
}

http::ServerResponse ServicesResource::add(const ApiRequest& request, MessagingService& service)
{
    const PhoneNumber* number = m_account.by_sid(http::first(request.form, "PhoneNumberSid"));
    if (number == nullptr)
        return sim::answer(Problem{404, 20404, "The phone number does not exist", {}});
    if (service.has_sender(number->sid))
        return sim::answer(Problem{
            409, 21710, "Phone Number or Short Code is already in the Messaging Service.", {}});
    if (m_account.service_of(number->address) != nullptr)
        return sim::answer(
            Problem{409,
                    21712,
                    "Phone Number or Short Code is associated with another Messaging Service.",
                    {}});
    if (!number->capabilities.sms && !number->capabilities.mms)
        return sim::answer(
            Problem{400, 21715, "The Phone Number has neither SMS nor MMS capability.", {}});
    if (service.senders.size() >= most_senders)
        return sim::answer(Problem{400, 21714, "The number pool is full.", {}});
    service.senders.push_back(number->sid);
    return sim::answer(201, sender_json(*number, service.sid, m_account.sid(), request.base));
}

http::ServerResponse ServicesResource::sender(const ApiRequest& request, MessagingService& service)
{
    const PhoneNumber* number = m_account.by_sid(request.resource[3]);
    if (number == nullptr || !service.has_sender(number->sid))
        return sim::answer(not_found(request.path));
    if (request.reads())
        return sim::answer(200, sender_json(*number, service.sid, m_account.sid(), request.base));
    if (!request.deletes())
        return sim::answer(method_not_allowed());
    std::erase(service.senders, number->sid);
    return no_content();
}

} // namespace smsctl::sim
