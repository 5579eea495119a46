#include "sim/numbers_resource.hpp"

#include "phone/e164.hpp"
#include "sim/filters.hpp"
#include "sim/number_settings.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace smsctl::sim {

namespace {

constexpr int numbers_an_area_code = 100; ///< +1 NPA 555 0100 to 0199 belong to nobody

bool is_area_code(std::string_view text)
{
    return text.size() == 3 && text.front() >= '2' &&
           std::all_of(text.begin(), text.end(), [](unsigned char letter) {
               return std::isdigit(letter) != 0;
           });
}

/// The number that the form asks for, or why there is none.
std::variant<std::string, Problem> wanted_number(const http::Form& form, const Account& account)
{
    const std::string_view asked = http::first(form, "PhoneNumber");
    const std::string_view area = http::first(form, "AreaCode");
    if (!asked.empty()) {
        const auto verdict = phone::recipient(asked, "US");
        if (!verdict.address || asked == "+15005550001")
            return Problem{400, 21421, fmt::format("{} is not a valid number.", asked), {}};
        return verdict.address->text;
    }
    if (!is_area_code(area))
        return Problem{400, 21451, fmt::format("{} is not a valid area code.", area), {}};
    for (int i = 0; i < numbers_an_area_code; ++i)
        if (std::string number = fmt::format("+1{}5550{:03}", area, 100 + i);
            account.by_address(number) == nullptr)
            return number;
    return Problem{400, 21452, fmt::format("No numbers found in area code {}", area), {}};
}

} // namespace

http::ServerResponse NumbersResource::answer(const ApiRequest& request)
{
    if (request.resource.size() == 2)
        return one(request);
    if (request.resource.size() != 1)
        return sim::answer(not_found(request.path));
    if (request.writes())
        return buy(request);
    return request.reads() ? list(request) : sim::answer(method_not_allowed());
}

http::ServerResponse NumbersResource::list(const ApiRequest& request)
{
    std::vector<const PhoneNumber*> found;
    for (const PhoneNumber& each : m_account.numbers())
        if (matches(each, request.query))
            found.push_back(&each);
    return answer_page(request, "incoming_phone_numbers", found, [&](const PhoneNumber& each) {
        return number_json(each, m_account.sid());
    });
}

http::ServerResponse NumbersResource::buy(const ApiRequest& request)
{
    const auto wanted = wanted_number(request.form, m_account);
    if (const auto* problem = std::get_if<Problem>(&wanted))
        return sim::answer(*problem);
    const auto bought = m_account.buy(std::get<std::string>(wanted), m_clock.now());
    if (const auto* problem = std::get_if<Problem>(&bought))
        return sim::answer(*problem);
    PhoneNumber& number = *std::get<PhoneNumber*>(bought);
    if (const auto problem = change_settings(number, request.form, m_clock.now())) {
        m_account.release(number.sid);
        return sim::answer(*problem);
    }
    return sim::answer(201, number_json(number, m_account.sid()));
}

http::ServerResponse NumbersResource::one(const ApiRequest& request)
{
    PhoneNumber* found = m_account.by_sid(request.resource[1]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.deletes()) {
        m_account.release(found->sid);
        return no_content();
    }
    if (request.writes()) {
        if (const auto problem = change_settings(*found, request.form, m_clock.now()))
            return sim::answer(*problem);
    } else if (!request.reads()) {
        return sim::answer(method_not_allowed());
    }
    return sim::answer(200, number_json(*found, m_account.sid()));
}

} // namespace smsctl::sim
