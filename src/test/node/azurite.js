// Azure's storage emulator, blobs over TLS and in memory: node azurite.js PORT CERTIFICATE KEY ACCOUNT ACCOUNT-KEY.
// Accepts the account's key, and tokens as issued by Microsoft's identity platform. Exits when stdin closes.
const [port, certificate, key, account, accountKey] = process.argv.slice(2);
process.env.AZURITE_ACCOUNTS = `${account}:${accountKey}`;
process.argv = [
  ...process.argv.slice(0, 2),
  ...["--blobHost", "127.0.0.1", "--blobPort", port],
  ...["--cert", certificate, "--key", key, "--oauth", "basic"],
  ...["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"],
];

const print = console.log;
console.log = (text) => {
  if (text.includes("successfully listens")) {
    print("listening");
  }
};
require("azurite/dist/src/blob/main");
process.stdin.on("end", () => process.exit(0)).resume();
