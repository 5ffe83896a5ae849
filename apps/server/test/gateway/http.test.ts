import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { limits } from '@nexo/shared';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { aMessage, eventually, rawSocket, startTestServer, type TestServer, type TestUser } from './harness.ts';

let server: TestServer;
let alice: TestUser;
let own: string;
beforeAll(async () => {
  server = await startTestServer();
  alice = await server.user('alice');
  own = `http://localhost:${server.port}`;
});
afterAll(() => server[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${server.url}/trpc/${path}`, { method: 'POST', headers: { ...json, ...headers }, body: text });
}

async function refusal(response: Response): Promise<{ status: number; code: string | undefined }> {
  const body = await response.json();
  return { status: response.status, code: body.error?.data?.nexo?.code };
}

const setName = { displayName: 'Alice A.' };
const cookie = () => ({ cookie: `nexo_access=${alice.token}` });

describe('G19 W7 what a browser sends by itself counts only from a listed origin', () => {
  it.each([
    ['a foreign one', () => 'https://evil.example'],
    ['null', () => 'null'],
    ['one that begins like ours', () => `${own}.evil.example`],
    ['none at all', () => undefined],
  ])('a POST with a cookie from %s is refused', async (_, origin) => {
    const from = origin();
    const response = await post('users.update', setName, { ...cookie(), ...(from === undefined ? {} : { origin: from }) });
    expect(await refusal(response)).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
  });

  it('one from our own is served, and so is a bearer token from anywhere', async () => {
    expect((await post('users.update', setName, { ...cookie(), origin: own })).status).toBe(200);
    const bearer = { authorization: `Bearer ${alice.token}` };
    expect((await post('users.update', setName, bearer)).status).toBe(200);
    expect((await post('users.update', setName, { ...bearer, origin: 'https://elsewhere.example' })).status).toBe(200);
  });

  it('a bearer token, even a made-up one, is no way to the cookies', async () => {
    const login = { userId: 'alice', password: 'correct horse battery', platform: 'web', transport: 'cookie' };
    const first = await post('auth.login', login, { origin: own });
    const cookies = first.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
    expect(cookies).toHaveLength(2);
    const stolen = { cookie: cookies.join('; '), origin: 'https://evil.example', authorization: 'Bearer x' };
    const response = await post('auth.refresh', {}, stolen);
    expect(response.ok).toBe(false);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('nobody is logged in by another site', async () => {
    const login = { userId: 'alice', password: 'correct horse battery', platform: 'web', transport: 'cookie' };
    const response = await post('auth.login', login, { origin: 'https://evil.example' });
    expect(await refusal(response)).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('a form of another site has no content type that is taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const response = await post('users.update', setName, { ...cookie(), origin: own, 'content-type': type });
      expect(response.status).toBe(415);
    }
  });

  it('W8 nothing is changed by a GET, and no method is taken for another', async () => {
    const input = encodeURIComponent(JSON.stringify(setName));
    const get = await fetch(`${server.url}/trpc/users.update?input=${input}`, {
      headers: { authorization: `Bearer ${alice.token}` },
    });
    expect(get.status).toBe(405);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await fetch(`${server.url}/trpc/users.me`, { method, headers: { origin: 'https://evil.example' } });
      expect(response.status).toBe(405);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('S14 cookies are HttpOnly, lax, for the whole host, and do what a token does', async () => {
    const login = { userId: 'alice', password: 'correct horse battery', platform: 'web', transport: 'cookie' };
    const response = await post('auth.login', login, { origin: own });
    const cookies = response.headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    for (const one of cookies)
      expect(one).toMatch(/^nexo_(access|refresh)=nx[ar]_[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(await response.text()).not.toMatch(/nx[ar]_/);
    const sent = cookies.map((one) => one.split(';')[0]).join('; ');
    const me = await fetch(`${server.url}/trpc/users.me`, { headers: { cookie: sent } });
    expect((await me.json()).result.data.id).toBe('alice');
    const out = await post('auth.logout', {}, { cookie: sent, origin: own });
    expect(out.headers.getSetCookie().every((one) => one.includes('Max-Age=0'))).toBe(true);
  });

  it('S14 cookies bear the host prefix and are Secure when people come by https', async () => {
    await using secure = await startTestServer({ settings: { secureCookies: true }, origins: ['https://chat.example'] });
    const body = { userId: 'bob', password: 'correct horse battery', displayName: 'Bob', platform: 'web', transport: 'cookie' };
    const headers = { ...json, origin: 'https://chat.example' };
    const response = await fetch(`${secure.url}/trpc/auth.register`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.headers.getSetCookie()).toHaveLength(2);
    for (const one of response.headers.getSetCookie()) expect(one).toMatch(/^__Host-nexo_\w+=.*; Secure$/);
  });
});

describe('W3 people come by https', () => {
  const origins = ['https://chat.example'];
  const settings = { secureCookies: true };
  const hsts = async (url: string, init?: RequestInit) => (await fetch(url, init)).headers.get('strict-transport-security');
  const aYear = 'max-age=31536000; includeSubDomains';

  it('W3 every answer says so for a year where all origins are https, and none where they are not', async () => {
    await using secure = await startTestServer({ settings, origins });
    const refused = { method: 'POST', headers: { ...json, ...cookie() }, body: '{}' };
    for (const [path, init] of [
      ['/trpc/auth.options'],
      ['/healthz'],
      ['/readyz'],
      ['/'],
      ['/trpc/users.update', refused],
    ] as const) {
      expect(await hsts(secure.url + path, init), path).toBe(aYear);
      expect(await hsts(server.url + path, init), path).toBeNull();
    }
  });

  it('W3 so do the pages and files of the web chat, also while it does not answer', async () => {
    const web = createServer((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<title>Nexo</title>'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port: webPort } = web.address() as AddressInfo;
    await using secure = await startTestServer({ settings, origins, webPort });
    await using plain = await startTestServer({ webPort });
    const pages = ['/', '/sign-in', '/c/1', '/_next/static/chunks/main.js', '/icon.svg'];
    for (const path of pages) {
      expect(await hsts(secure.url + path), path).toBe(aYear);
      // What a caller claims of the way they came is nothing to go by.
      expect(await hsts(plain.url + path, { headers: { 'x-forwarded-proto': 'https' } }), path).toBeNull();
    }
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    const away = await fetch(`${secure.url}/`);
    expect([away.status, away.headers.get('strict-transport-security')]).toEqual([502, aYear]);
  });

  it('W3 a page that came by http gets no socket, and no cookie of its counts', async () => {
    await using secure = await startTestServer({ settings, origins });
    const zoe = await secure.user('zoe');
    const cookies = { cookie: `__Host-nexo_access=${zoe.token}` };
    const open = (origin: string) => rawSocket(secure.url, { path: '/trpc', headers: { ...cookies, origin } });
    await using socket = await open('https://chat.example');
    socket.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(socket.frames[0]).toContain('"id":"zoe"'));
    await expect(open('http://chat.example')).rejects.toThrow('403');
    await expect(rawSocket(secure.url, { token: zoe.token, headers: { origin: 'http://chat.example' } })).rejects.toThrow('403');
    const init = {
      method: 'POST',
      headers: { ...json, ...cookies, origin: 'http://chat.example' },
      body: JSON.stringify(setName),
    };
    const response = await fetch(`${secure.url}/trpc/users.update`, init);
    expect(await refusal(response)).toEqual({ status: 403, code: 'ORIGIN_REFUSED' });
  });
});

describe('W8 no other origin may read an answer', () => {
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };

  it.each(['https://evil.example', 'null', 'http://localhost'])('W8 %s with credentials gets no CORS header', async (origin) => {
    const enough = new AbortController();
    onTestFinished(() => enough.abort());
    const answers = [
      await fetch(`${server.url}/trpc/users.me`, { headers: { ...cookie(), origin } }),
      await post('users.update', setName, { ...cookie(), origin }),
      await fetch(`${server.url}/healthz`, { headers: { origin } }),
      await fetch(`${server.url}/`, { headers: { ...cookie(), origin } }),
      await fetch(`${server.url}/trpc/users.update`, { method: 'OPTIONS', headers: { ...preflight, origin } }),
      // The stream of events by HTTP, of which the headers come at once.
      await fetch(`${server.url}/trpc/sync.events`, { headers: { ...cookie(), origin }, signal: enough.signal }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 404, 405, 200]);
    for (const { headers } of answers)
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('G20 bodies are JSON and bounded', () => {
  it('a body that is too large is refused', async () => {
    const bearer = { authorization: `Bearer ${alice.token}` };
    const response = await post('users.update', { displayName: 'x'.repeat(5 * limits.frameMaxBytes) }, bearer);
    expect(await refusal(response)).toEqual({ status: 413, code: 'MESSAGE_TOO_LARGE' });
  });

  it('W5 a body that is no UTF-8 is refused, and nothing of it is stored', async () => {
    const headers = { ...json, authorization: `Bearer ${alice.token}` };
    const name = (bytes: number[]) => Buffer.concat([Buffer.from('{"displayName":"A'), Buffer.from(bytes), Buffer.from('"}')]);
    const update = (body: Buffer) =>
      fetch(`${server.url}/trpc/users.update`, { method: 'POST', headers, body: new Uint8Array(body) });
    expect((await update(name([...Buffer.from('é😀\ufffd')]))).status).toBe(200);
    for (const bytes of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80]]) {
      expect(await refusal(await update(name(bytes)))).toEqual({ status: 400, code: 'INVALID_INPUT' });
    }
    const me = await fetch(`${server.url}/trpc/users.me`, { headers });
    expect((await me.json()).result.data.displayName).toBe('Aé😀\ufffd');
  });

  it('a batch has at most so many calls', async () => {
    const batch = (calls: number) =>
      fetch(`${server.url}/trpc/${Array(calls).fill('users.me').join(',')}?batch=1`, {
        headers: { authorization: `Bearer ${alice.token}` },
      });
    expect((await batch(limits.batchMaxCalls)).status).toBe(200);
    expect(await refusal(await batch(limits.batchMaxCalls + 1))).toEqual({ status: 400, code: 'INVALID_INPUT' });
  });

  it.each([
    ['not JSON', 'POST', 'auth.login', '{', 400, 'INVALID_INPUT'],
    ['an unknown procedure', 'POST', 'no.such', '{}', 404, 'UNKNOWN_PROCEDURE'],
    ['nobody', 'POST', 'users.update', '{}', 401, 'UNAUTHENTICATED'],
    ['a strange path', 'POST', '%E0%A4%A', '{}', 400, 'INVALID_INPUT'],
  ])('%s is answered with its code', async (_, method, path, body, status, code) => {
    const response = await fetch(`${server.url}/trpc/${path}`, { method, headers: json, body });
    expect(await refusal(response)).toEqual({ status, code });
  });

  it('every answer of the API is for the asker alone', async () => {
    for (const response of [await post('no.such', {}), await fetch(`${server.url}/trpc`), await fetch(`${server.url}/healthz`)]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
      });
    }
  });

  it('a token in an address is not looked at', async () => {
    const response = await fetch(`${server.url}/trpc/users.me?token=${alice.token}&access_token=${alice.token}`);
    expect(response.status).toBe(401);
  });

  it('a database that is away is not taken for a bad token', async () => {
    const gone = Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
    const spy = vi.spyOn(server.services.sessionCache, 'get').mockRejectedValueOnce(gone);
    const response = await fetch(`${server.url}/trpc/users.me`, { headers: { authorization: `Bearer ${alice.token}` } });
    spy.mockRestore();
    expect(await refusal(response)).toEqual({ status: 503, code: 'UNAVAILABLE' });
  });
});

describe('G20 who asks by HTTP and does not read waits', () => {
  it('no more than eight answers of one user are made at once; others go on, and so does the user once they are read', async () => {
    const { id } = await alice.http.conversations.openDirect.mutate({ userId: 'alice' });
    for (let n = 0; n < 60; n++) await alice.http.messages.send.mutate(aMessage(id, '"'.repeat(limits.messageTextMaxBytes)));
    const calls = Array.from({ length: limits.batchMaxCalls }, () => ({ conversationId: id, limit: 100 }));
    const input = encodeURIComponent(JSON.stringify({ ...calls }));
    const path = `/trpc/${calls.map(() => 'messages.list').join(',')}?batch=1&input=${input}`;
    const deaf = Array.from({ length: 8 }, () => connect(server.port, '127.0.0.1'));
    const begun = Promise.all(deaf.map((socket) => new Promise((resolve) => socket.once('data', () => resolve(socket.pause())))));
    for (const socket of deaf) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
    }
    const bob = await server.user('bob-who-reads');
    await begun;
    let answered = false;
    const waiting = alice.http.users.me.query().then(() => {
      answered = true;
    });
    expect((await bob.http.users.me.query()).id).toBe('bob-who-reads');
    expect(answered).toBe(false);
    for (const socket of deaf) socket.destroy();
    await waiting;
  });

  it('no call is begun any more in a batch whose answer grows too large', async () => {
    const carol = await server.user('carol-who-hoards');
    const { id } = await carol.http.conversations.openDirect.mutate({ userId: carol.id });
    for (let n = 0; n < 60; n++) await carol.http.messages.send.mutate(aMessage(id, '"'.repeat(limits.messageTextMaxBytes)));
    const calls = Array.from({ length: limits.batchMaxCalls }, () => ({ conversationId: id, limit: 100 }));
    const input = encodeURIComponent(JSON.stringify({ ...calls }));
    const path = `/trpc/${calls.map(() => 'messages.list').join(',')}?batch=1&input=${input}`;
    const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${carol.token}` } });
    const answers: { result?: unknown; error?: { data: { nexo: object } } }[] = await response.json();
    const refusals = answers.filter((one) => one.result === undefined);
    expect(answers.length - refusals.length).toBeLessThan(2 * limits.callsAtOncePerUser);
    expect(refusals.length).toBeLessThan(answers.length);
    for (const { error } of refusals) {
      expect(error?.data.nexo).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 1_000 });
    }
  });
});

describe('G21 the probes and the web chat', () => {
  it('/healthz says that it lives, /readyz that the database answers, and no more', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${server.url}/readyz`)).text()).toBe('ready\n');
  });

  it('people who are slow to say what they want do not keep others from the web chat', async () => {
    const web = createServer((req, res) => {
      req.resume().on('end', () => res.end('page'));
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    await using front = await startTestServer({ webPort: (web.address() as AddressInfo).port });
    const slow = Array.from({ length: 300 }, () => connect(front.port, '127.0.0.1'));
    for (const socket of slow) socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx');
    const connections = () => new Promise<number>((resolve) => web.getConnections((_, count) => resolve(count)));
    await eventually(async () => expect(await connections()).toBe(slow.length));
    const response = await fetch(`${front.url}/sign-in`, { signal: AbortSignal.timeout(5_000) });
    expect(await response.text()).toBe('page');
    for (const socket of slow) socket.destroy();
    web.closeAllConnections();
    web.close();
  });

  it('no socket gets to the web chat', async () => {
    const web = createServer();
    let upgrades = 0;
    web.on('upgrade', (_, socket) => {
      upgrades++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    await using front = await startTestServer({ webPort: (web.address() as AddressInfo).port });
    expect(await upgrade(front.port, '/_next/hmr')).toBe('404');
    expect(upgrades).toBe(0);
    web.close();
  });

  it('everything else goes to the web chat, sockets too while it is developed, and 502 says that it does not answer', async () => {
    const seen: string[] = [];
    const web = createServer((req, res) => {
      seen.push(`${req.method} ${req.url} ${req.headers['x-forwarded-for']} ${req.headers['x-forwarded-host']}`);
      res.setHeader('x-web', 'yes');
      req.pipe(res);
    });
    web.on('upgrade', (req, socket) =>
      socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${req.url}`),
    );
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    await using front = await startTestServer({ webPort: (web.address() as AddressInfo).port, webSockets: true });
    const response = await fetch(`${front.url}/some/page?x=1`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-forwarded-for': '1.2.3.4' },
    });
    expect([response.status, response.headers.get('x-web'), await response.text()]).toEqual([200, 'yes', 'hello']);
    expect(seen).toEqual([`POST /some/page?x=1 127.0.0.1 127.0.0.1:${front.port}`]);
    expect(await upgrade(front.port, '/_next/hmr')).toContain('/_next/hmr');

    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    const down = await fetch(`${front.url}/some/page`);
    expect([down.status, await down.text()]).toEqual([
      502,
      expect.stringContaining('The web chat does not answer at the moment'),
    ]);
    expect(await upgrade(front.port, '/_next/hmr')).toContain('502');
    expect((await fetch(`${front.url}/healthz`)).status).toBe(200);
  });

  it('/readyz answers 503 as soon as the server stops', async () => {
    const stopping = await startTestServer({ drainWindowMs: 500 });
    const user = await stopping.user('zoe');
    // A socket keeps the draining busy; the probe comes by a connection that is open already.
    await using socket = await rawSocket(stopping.url, { token: user.token });
    const probe = connect(stopping.port, '127.0.0.1');
    let heard = '';
    probe.on('data', (data) => {
      heard += data;
    });
    probe.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n');
    await eventually(() => expect(heard).toContain('200 OK'));
    const closing = stopping.close();
    probe.write('\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(heard).toContain('503 Service Unavailable'));
    probe.destroy();
    await closing;
    await socket.closed;
    await stopping.database[Symbol.asyncDispose]();
  });
});

describe('G22 X-Forwarded-For', () => {
  const addressOf = async (options: { trustedProxies: string[] }, forwardedFor: string) => {
    const seen: string[] = [];
    await using front = await startTestServer(options);
    vi.spyOn(front.services.rateLimits, 'take').mockImplementation(async (name, key) => {
      if (name === 'loginPerAddress') seen.push(key);
    });
    await fetch(`${front.url}/trpc/auth.login`, {
      method: 'POST',
      headers: { ...json, 'x-forwarded-for': forwardedFor },
      body: JSON.stringify({ userId: 'nobody', password: 'wrong', platform: 'web' }),
    });
    return seen[0];
  };

  it('is believed from named proxies, from the right up to the first stranger', async () => {
    expect(await addressOf({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] }, '6.6.6.6, 7.7.7.7, 10.1.2.3')).toBe('7.7.7.7');
  });

  it('is not believed from anybody else', async () => {
    expect(await addressOf({ trustedProxies: ['10.0.0.0/8'] }, '6.6.6.6')).toBe('127.0.0.1');
  });
});

/** The beginning of the answer to an upgrade request. */
function upgrade(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path, headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
    req.on('upgrade', (_, socket, head) => {
      let text = String(head);
      socket.on('data', (data: Buffer) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.resume();
    });
    req.on('response', (res) => resolve(String(res.statusCode)));
    req.on('error', reject);
    req.end();
  });
}
