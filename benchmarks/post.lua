-- Each request is a payout of its own: a key that no other thread and no other run has used.
local thread_count = 0

function setup(thread)
   thread_count = thread_count + 1
   thread:set("number", thread_count)
end

function init(args)
   body = '{"recipient_id":%d,"amount":"10.00","currency":"USD","idempotency_key":"%s-%d-%d"}'
   recipient_id = tonumber(args[1])
   run = args[2]
   count = 0
end

function request()
   count = count + 1
   return wrk.format("POST", nil, nil, string.format(body, recipient_id, run, number, count))
end
