/**
 * Takes deliveries of `core.webhook` and appends each row as a line, as a process of its own: endpoint.ts PORT SEED FILE.
 * It is never killed. Now and then it refuses, or takes a delivery and does not say so.
 */
import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRandom } from './random.ts';

const REFUSED = 0.01;
const UNANSWERED = 0.01;
const [port, seed, path] = process.argv.slice(2);
const random = createRandom(Number(seed));

createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const chance = random.next();
    if (chance < REFUSED) {
      response.writeHead(503).end();
      return;
    }
    const { rows } = JSON.parse(Buffer.concat(chunks).toString()) as { rows: unknown[] };
    await appendFile(path!, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    if (chance < REFUSED + UNANSWERED) response.destroy();
    else response.writeHead(204).end();
  } catch {
    // A killed worker: the delivery never came whole.
  }
}).listen(Number(port), '127.0.0.1');
