-- Sends the requests that a file describes, and prints the result as one line of JSON.
-- Each line of the file: share, method, path, body, separated by tabs. A row of @ in path or body
-- stands for a number with as many digits (see Template in load.py).
function init(arguments)
   math.randomseed(os.time())
   templates, shares, count = {}, 0, math.random(500000)
   for line in io.lines(arguments[1]) do
      local share, method, path, body = line:match("^(%d+)\t(%u+)\t([^\t]+)\t(.*)$")
      local whole = wrk.format(method, path, nil, body ~= "" and body or nil)
      shares = shares + tonumber(share)
      local from, to = whole:find("@+")
      table.insert(templates, {
         upto = shares,
         before = whole:sub(1, (from or 0) - 1),
         after = to and whole:sub(to + 1),
         digits = to and string.format("%%0%dd", to - from + 1),
      })
   end
   if arguments[2] then
      created = io.open(arguments[2], "a")
      created:setvbuf("line")
      response = write_created_id
   end
end

function request()
   local template = templates[1]
   if #templates > 1 then
      local chance, i = math.random(shares), 1
      while chance > templates[i].upto do i = i + 1 end
      template = templates[i]
   end
   if not template.digits then return template.before end
   count = count + 1
   return template.before .. string.format(template.digits, count):reverse() .. template.after
end

-- wrk parses headers for `response` only if it is defined, which costs time. So define it on demand.
function write_created_id(status, headers, body)
   if status == 201 then created:write(body:match('"id":%s*(%d+)'), "\n") end
end

function done(summary, latency, requests)
   local errors, all = summary.errors, 0
   for _, number in pairs(errors) do all = all + number end
   io.write(string.format(
      '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "failed": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3, latency.max / 1e3, all))
end
