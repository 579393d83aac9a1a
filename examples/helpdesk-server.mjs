// A small API to try the connector "helpdesk" with: node examples/helpdesk-server.mjs [port]
import { createServer } from 'node:http';

const KEY = process.env.HELPDESK_KEY ?? 'demo-key';
const PAGE = 50;
const port = Number(process.argv[2] ?? 4010);
const tickets = Array.from({ length: 60 }, (_, i) => ticket(i + 1, { subject: `Ticket ${i + 1}` }));
const answered = new Map();

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://helpdesk');
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (request.headers['x-api-key'] !== KEY) return answer(401, { error: { code: 'unauthorized', message: 'Bad key' } });
  const route = `${request.method} ${url.pathname}`;
  if (route === 'GET /v2/me') return answer(200, { email: 'agent@helpdesk.example' });
  if (route === 'GET /v2/tickets') return answer(200, { tickets: page(url.searchParams) });
  if (route === 'POST /v2/tickets') {
    const token = request.headers['idempotency-key'];
    if (token === undefined) return answer(400, { error: { code: 'no_key', message: 'Idempotency-Key is missing' } });
    let text = '';
    for await (const chunk of request) text += chunk;
    if (!answered.has(token)) {
      answered.set(token, ticket(tickets.length + 1, JSON.parse(text)));
      tickets.push(answered.get(token));
    }
    return answer(201, answered.get(token));
  }
  answer(404, { error: { code: 'not_found', message: `There is no ${route}` } });
});
server.listen(port, '127.0.0.1', () => {
  console.log(`Helpdesk: http://127.0.0.1:${server.address().port}/v2, API key: ${KEY}`);
});

function ticket(number, { subject, priority = 'normal' }) {
  return { id: 1000 + number, subject, priority, status: 'open', created_at: new Date().toISOString() };
}

/** The newest first. */
function page(query) {
  const size = Math.min(Number(query.get('per_page') ?? PAGE), PAGE);
  const first = (Number(query.get('page') ?? 1) - 1) * size;
  const found = tickets.filter(({ status }) => [null, status].includes(query.get('status')));
  return found.toReversed().slice(first, first + size);
}
