"use strict";
// Commands as one JSON object per line on standard input, answers and events likewise on standard output.
//
//   {"id": 1, "command": "read", "arguments": {…}}  ->  {"id": 1, "result": …} or {"id": 1, "error": {…}}
//   events: {"event": "change", …}
//
// Commands run one at a time, in the order in which they came. The process ends with its standard input.

const readline = require("node:readline");

const write = process.stdout.write.bind(process.stdout);
// What the library prints for people must not stand between the answers.
process.stdout.write = (...given) => process.stderr.write(...given);

const send = (message) => write(`${JSON.stringify(message)}\n`);

function failure(error) {
  // An error of a service carries its StatusCode in one of these places; else its text names one.
  const status = error.response?.responseHeader?.serviceResult ?? error.statusCode;
  const named = /\b(Bad[A-Z]\w+|Uncertain[A-Z]\w+)\b/.exec(error.message);
  return { message: error.message, status: status?.name ?? named?.[1] ?? null };
}

async function serve(commands, end) {
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
  for await (const line of lines) {
    const { id, command, arguments: given } = JSON.parse(line);
    try {
      if (!Object.hasOwn(commands, command)) throw new Error(`unknown command ${command}`);
      send({ id, result: (await commands[command](given ?? {})) ?? null });
    } catch (error) {
      send({ id, error: failure(error) });
    }
  }
  await end();
  process.exit(0);
}

module.exports = { send, serve };
