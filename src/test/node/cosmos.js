// A Cosmos DB server on a loopback port: node cosmos.js PORT KEYSTORE PASSWORD. Exits when stdin closes.
const fs = require("fs");
const { createHttpsServer } = require("@vercel/cosmosdb-server");

const [port, keystore, passphrase] = process.argv.slice(2);
createHttpsServer({
  pfx: fs.readFileSync(keystore),
  passphrase,
  cert: undefined,
  key: undefined,
  keepAlive: true,
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
process.stdin.on("end", () => process.exit(0)).resume();
