-- What wrk sends. Arguments: list | book | taken | mixed, the path of bookings, the first free slot (the taken one).
local function booking(slot)
  return string.format('{"slotId":%d,"name":"Ada","email":"ada@example.org","phone":"+44 20 7946 0000"}', slot)
end

function init(args)
  local load, path, slot = args[1], args[2], tonumber(args[3])
  local json = { ["Content-Type"] = "application/json" }
  local sent = 0
  local function book()
    slot = slot + 1
    return wrk.format("POST", path, json, booking(slot))
  end
  if load == "book" then
    request = book
  elseif load == "taken" then
    wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", booking(slot), "application/json"
  elseif load == "mixed" then
    local list = wrk.format()
    request = function()
      sent = sent + 1
      return sent % 100 == 0 and book() or list
    end
  end
end

-- Requests, microseconds, answers of 400 and above, failures of connections, median and 99th percentile in microseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("done %d %d %d %d %d %d\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
