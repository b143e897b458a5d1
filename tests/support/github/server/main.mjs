// node main.mjs FOLDER PACKAGES: serve until stdin closes, so that no server outlives its tests.
import { createServer } from "node:http";
import { answer } from "./answer.mjs";
import { control } from "./control.mjs";
import { DROP } from "./faults.mjs";
import { World } from "./world.mjs";

const [folder, packages] = process.argv.slice(2);
let world;

async function readRequest(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url, world.url);
  const { method, headers } = incoming;
  return {
    method,
    headers,
    url: url.href,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    bytes: Buffer.concat(chunks),
  };
}

async function serve(incoming, outgoing) {
  const request = await readRequest(incoming);
  const reply = request.path.startsWith("/_emulator/")
    ? await control(world, request)
    : await answer(world, request);
  if (reply === DROP) return incoming.socket.destroy();
  const body =
    reply.json === undefined
      ? (reply.bytes ?? Buffer.alloc(0))
      : Buffer.from(JSON.stringify(reply.json));
  const headers = { ...reply.headers };
  if (reply.json !== undefined) headers["content-type"] = "application/json; charset=utf-8";
  if (reply.status !== 204) headers["content-length"] = body.length;
  outgoing.writeHead(reply.status, headers).end(request.method === "HEAD" ? undefined : body);
}

const server = createServer((incoming, outgoing) => {
  serve(incoming, outgoing).catch((problem) => {
    console.error(problem);
    if (outgoing.headersSent) return incoming.socket.destroy();
    outgoing
      .writeHead(418)
      .end(JSON.stringify({ message: `the emulator broke: ${problem?.stack}` }));
  });
});

server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  world = new World({ folder, packages, url });
  await world.open();
  console.log(url);
});

process.stdin.resume();
process.stdin.on("end", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
