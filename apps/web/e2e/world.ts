import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';

export { expect };

/** Where the system runs. */
export function baseUrl(): string {
  const url = process.env.NEXO_E2E_URL;
  if (url === undefined) throw new Error('The system was not started');
  return url;
}

let counter = 0;

/** A user name that no other test of this run has. */
export function freshId(name: string): string {
  counter += 1;
  return `${name.replace(/\W+/g, '-')}.${process.pid}.${Date.now().toString(36)}${counter}`;
}

const password = 'correct horse battery staple';

/** One person in one browser context. */
export interface Person {
  id: string;
  name: string;
  password: string;
  page: Page;
  context: BrowserContext;
}

/** What tests make people with; every context is closed afterwards. */
export interface World {
  /** Makes an account over the wire and opens the chat signed in. */
  person(name: string, options?: BrowserContextOptions): Promise<Person>;
  /** The same person in one more browser. */
  again(person: Person, options?: BrowserContextOptions): Promise<Person>;
}

/** The small Chromium of the dependencies now and then dies while it starts on a busy machine: that is no finding about us. */
const launchTries = 3;

export const test = base.extend<{ world: World }, { browser: Browser }>({
  browser: [
    async ({ playwright, launchOptions }, use) => {
      const launch = async (triesLeft: number): Promise<Browser> => {
        try {
          return await playwright.chromium.launch(launchOptions);
        } catch (error) {
          if (triesLeft <= 1) throw error;
          return launch(triesLeft - 1);
        }
      };
      const browser = await launch(launchTries);
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  world: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    const open = async (options: BrowserContextOptions) => {
      const context = await newContext(browser, options);
      contexts.push(context);
      return context;
    };
    await use({
      async person(name, options = {}) {
        const id = freshId(name.toLowerCase());
        const context = await open(options);
        await register(context, id, name);
        const page = await context.newPage();
        await page.goto('/');
        await expect(page.getByTestId('shell')).toBeVisible();
        return { id, name, password, page, context };
      },
      async again(person, options = {}) {
        const context = await open(options);
        await call(context, 'auth.login', { userId: person.id, password, platform: 'web', transport: 'cookie' });
        await remember(context, person.id);
        const page = await context.newPage();
        await page.goto('/');
        await expect(page.getByTestId('shell')).toBeVisible();
        return { ...person, page, context };
      },
    });
    for (const context of contexts) await context.close();
  },
});

async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({
    baseURL: baseUrl(),
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
}

async function register(context: BrowserContext, id: string, name: string): Promise<void> {
  moveElsewhere();
  await call(context, 'auth.register', {
    userId: id,
    password,
    displayName: name,
    platform: 'web',
    transport: 'cookie',
    deviceName: 'Test',
  });
  await remember(context, id);
}

/** The engine takes up a cookie session whose user it remembers. */
async function remember(context: BrowserContext, id: string): Promise<void> {
  await context.addInitScript((userId) => {
    if (localStorage.getItem('e2e.remembered') !== null) return;
    localStorage.setItem('e2e.remembered', '1');
    localStorage.setItem('nexo.session', JSON.stringify({ userId }));
  }, id);
}

/** The limit of accounts per network address is not what these tests are about: each worker comes from elsewhere each time. */
let address = '';
function moveElsewhere(): void {
  const part = () => 1 + Math.floor(Math.random() * 250);
  address = `10.${part()}.${part()}.${part()}`;
}

/** Calls a procedure as whoever the context's cookies say. */
export async function call<T>(
  context: BrowserContext,
  path: string,
  input: unknown,
  kind: 'mutation' | 'query' = 'mutation',
): Promise<T> {
  const url = `${baseUrl()}/trpc/${path}`;
  const headers = { origin: baseUrl(), 'content-type': 'application/json', 'x-forwarded-for': address };
  const response =
    kind === 'mutation'
      ? await context.request.post(url, { data: input, headers })
      : await context.request.get(`${url}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers });
  const body = (await response.json()) as { result?: { data: T }; error?: { message: string } };
  if (body.result === undefined) throw new Error(`${path}: ${body.error?.message ?? response.status()}`);
  return body.result.data;
}

/** Opens the chat of two people from the first one's side over the wire; answers its id. */
export async function directChat(from: Person, to: Person): Promise<string> {
  const view = await call<{ id: string }>(from.context, 'conversations.openDirect', { userId: to.id });
  return view.id;
}

/** Makes a group over the wire; answers its id. */
export async function group(from: Person, name: string, people: Person[]): Promise<string> {
  const memberIds = people.map((person) => person.id);
  const view = await call<{ id: string }>(from.context, 'groups.create', { name, memberIds });
  return view.id;
}

/** Makes two people contacts over the wire. */
export async function becomeContacts(one: Person, other: Person): Promise<void> {
  await call(one.context, 'contacts.request', { userId: other.id });
  await call(other.context, 'contacts.respond', { userId: one.id, accept: true });
}

/** Says something over the wire, one after the other. */
export async function say(from: Person, conversationId: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await call(from.context, 'messages.send', {
      conversationId,
      clientMessageId: crypto.randomUUID(),
      content: { type: 'text', text },
    });
  }
}

export const composer = (page: Page): Locator => page.getByTestId('composer');
export const messages = (page: Page): Locator => page.locator('li[data-mid]');
/** By what was said, not by what stands around it. */
export const message = (page: Page, text: string): Locator =>
  messages(page).filter({ has: page.locator('.msg-body', { hasText: text }) });
export const row = (page: Page, conversationId: string): Locator => page.getByTestId(`conversation:${conversationId}`);

/** Writes and sends like a person. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** How many unread messages the server counts. */
export async function unreadOf(person: Person, conversationId: string): Promise<number> {
  const view = await call<{ me: { unread: number } }>(person.context, 'conversations.get', { conversationId }, 'query');
  return view.me.unread;
}
