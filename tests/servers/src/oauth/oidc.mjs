// An OAuth server on loopback for tests: the library `oidc-provider`, which rotates refresh tokens and revokes a grant whose old token
// comes again. Beside the library's own endpoints there are a few under /test: to make grants without a browser, to read who refreshed
// what, to lose answers. One line on stdout says where it listens; it ends when its standard input does.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// The tests' own time: whoever asks says what time it is, and it runs on from there.
const machine = Date.now.bind(Date);
let ahead = 0;
Date.now = () => machine() + ahead;

// The library's own store forgets what is oldest beyond a thousand entries.
const stored = new Map();
const members = new Map();
class Store {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) {
    const key = this.key(id);
    stored.set(key, payload);
    if (payload.grantId) {
      if (!members.has(payload.grantId)) members.set(payload.grantId, new Set());
      members.get(payload.grantId).add(key);
    }
  }
  async find(id) { return stored.get(this.key(id)); }
  async findByUid() { return undefined; }
  async findByUserCode() { return undefined; }
  async destroy(id) { stored.delete(this.key(id)); }
  async consume(id) { stored.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async revokeByGrantId(grantId) {
    for (const key of members.get(grantId) ?? []) if (key.startsWith(`${this.model}:`)) stored.delete(key);
  }
}

const clients = settings.clients.map((client) => ({
  client_id: client.id,
  client_secret: client.secret,
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  redirect_uris: ['https://app.example/callback'],
  token_endpoint_auth_method: 'client_secret_post',
}));
const steady = new Set(settings.clients.filter((client) => !client.rotates).map((client) => client.id));

const provider = new Provider('http://127.0.0.1', {
  adapter: Store,
  clients,
  scopes: ['openid', 'offline_access', ...settings.scopes],
  findAccount: async (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    clientCredentials: { enabled: true },
  },
  rotateRefreshToken: (ctx) => !steady.has(ctx.oidc.client.clientId),
  ttl: {
    AccessToken: settings.access_ttl_s,
    ClientCredentials: settings.access_ttl_s,
    RefreshToken: settings.refresh_ttl_s,
    Grant: settings.refresh_ttl_s,
    IdToken: settings.access_ttl_s,
  },
  cookies: { keys: ['for tests'] },
});

const fingerprint = (token) => createHash('sha256').update(token ?? '').digest('hex').slice(0, 16);
const log = [];
const families = new Map();
let losing = 0;

async function mint({ sub, client_id, scope }) {
  const client = await provider.Client.find(client_id);
  if (!client) throw new Error(`no client ${client_id}`);
  const grant = new provider.Grant({ accountId: sub, clientId: client_id });
  grant.addOIDCScope(`openid offline_access ${scope}`.trim());
  const grantId = await grant.save();
  const about = { accountId: sub, client, grantId, gty: 'authorization_code', scope };
  const refresh_token = await new provider.RefreshToken(about).save();
  const access = new provider.AccessToken(about);
  const access_token = await access.save();
  families.set(fingerprint(refresh_token), sub);
  return { access_token, refresh_token, expires_in: access.expiration };
}

provider.use(async (ctx, next) => {
  await next();
  const revokes = ctx.path === '/token/revocation';
  if (ctx.path !== '/token' && !revokes) return;
  const params = ctx.oidc?.params ?? {};
  const presented = params.refresh_token ?? (revokes ? params.token : undefined);
  const subject = families.get(fingerprint(presented)) ?? '';
  const issued = ctx.status === 200 && !revokes ? ctx.body?.refresh_token : undefined;
  if (issued && subject) families.set(fingerprint(issued), subject);
  log.push({
    at_ms: Date.now(),
    by: ctx.get('user-agent'),
    client: params.client_id ?? '',
    what: revokes ? 'revocation' : params.grant_type ?? '',
    subject,
    presented: presented === undefined ? '' : fingerprint(presented),
    issued: issued === undefined ? '' : fingerprint(issued),
    outcome: ctx.status === 200 ? 'ok' : ctx.body?.error ?? String(ctx.status),
  });
});

const answer = provider.callback();

function own(request, response, body) {
  const tell = (value) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  if (request.url === '/test/log') return tell(log);
  if (request.url === '/test/lose') {
    losing = JSON.parse(body).answers;
    return tell({});
  }
  const minted = JSON.parse(body).map(mint);
  return Promise.all(minted).then(tell, (error) => {
    response.statusCode = 400;
    tell({ error: error.message });
  });
}

const server = createServer((request, response) => {
  const now = Number(request.headers['x-now-ms']);
  if (Number.isFinite(now) && now > 0) ahead = now - machine();
  if (request.url.startsWith('/test/')) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => own(request, response, Buffer.concat(chunks).toString()));
    return;
  }
  if (request.url === '/token' && losing > 0) {
    // What was asked is done; who asked never hears of it.
    losing -= 1;
    response.end = () => { request.socket.destroy(); return response; };
  }
  answer(request, response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
