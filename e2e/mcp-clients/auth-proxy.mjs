// Puts a token before every request, for programs that cannot send one:
//   node auth-proxy.mjs http://127.0.0.1:8080 TOKEN
// Prints the port that it listens on. Host and Origin pass through as they come.
import http from "node:http";

const [server, token] = process.argv.slice(2);
const target = new URL(server);

const proxy = http.createServer((request, response) => {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const onward = http.request(
    { host: target.hostname, port: target.port, path: request.url, method: request.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    },
  );
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
});

proxy.listen(0, "127.0.0.1", () => console.log(proxy.address().port));
