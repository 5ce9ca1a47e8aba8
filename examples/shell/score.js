// Tells good customers from poor ones.
const fs = require("fs");
const [source, target] = process.argv.slice(2);
const [, ...rows] = fs.readFileSync(source, "utf8").trim().split(/\r?\n/);
const scores = rows.map((row) => {
  const [customer, , spent] = row.split(",");
  return `${customer},${Number(spent) > 200 ? "good" : "poor"}`;
});
fs.writeFileSync(target, scores.join("\n") + "\n");
