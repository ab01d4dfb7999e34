-- wrk's script: as check.lua, but each client waits 10 ms, on the average, before it asks again.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "check.lua")

function delay()
  return math.random(0, 20)
end
