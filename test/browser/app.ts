import type { Browser, BrowserContext, Page } from '@playwright/test';
import axe from 'axe-core';
import { afterAll, inject, onTestFinished, expect as vitestExpect } from 'vitest';
import { launchBrowser } from './launch.ts';

/** Chromium says so of every answer that is not 2xx; what the page makes of it is what tests look at. */
const ALLOWED_MESSAGE = /^Failed to load resource/;
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let opened: Promise<Browser> | undefined;

/** The tests of one process share a browser; each has a context of its own, with its own cookies and storage. */
function browser(): Promise<Browser> {
  opened ??= launchBrowser(inject('chromium'));
  return opened;
}

export function closeBrowserAfterAll(): void {
  afterAll(async () => {
    await (await opened)?.close();
    opened = undefined;
  });
}

export interface App {
  page: Page;
  context: BrowserContext;
  /** The key that is signed in. */
  key: string;
}

/** Where the app is, and an admin key of its tenant. */
export interface Server {
  url: string;
  key: string;
}

interface OpenOptions {
  /** In place of the one of all tests. */
  server?: Server;
  /** Below /app; `/runs?status=failed`. */
  path?: string;
  role?: 'viewer' | 'operator' | 'builder' | 'admin';
  /** Nobody is signed in. */
  isSignedOut?: boolean;
  width?: number;
  theme?: 'light' | 'dark';
}

/** A page of the app, signed in with a key of the role. An error in the console fails the test. */
export async function openApp(options: OpenOptions = {}): Promise<App> {
  const { path = '/', role = 'admin', isSignedOut = false, width = 1440, theme = 'light' } = options;
  const server = options.server ?? { url: inject('appUrl'), key: inject('appKey') };
  const context = await (await browser()).newContext({
    baseURL: server.url,
    viewport: { width, height: 900 },
    colorScheme: theme,
    // What moves is drawn again and again by the processor that the tests share.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !ALLOWED_MESSAGE.test(message.text())) problems.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    vitestExpect(problems).toEqual([]);
  });
  const key =
    role === 'admin' ? server.key : (await apiOf(server)('POST', '/v1/api_keys', { name: keyName(role), role })).key;
  if (!isSignedOut) {
    const headers = { origin: server.url };
    const answer = await context.request.post('/v1/session', { data: { key }, headers });
    vitestExpect(answer.status()).toBe(201);
  }
  await page.goto(`/app${path}`);
  return { page, context, key };
}

let keys = 0;
function keyName(role: string): string {
  keys += 1;
  return `${role} ${process.pid}-${keys}`;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
type Api = (method: string, path: string, body?: unknown) => Promise<any>;

/** Requests to the API of a server as admin; they fail for anything but 2xx. */
export function apiOf({ url, key }: Server): Api {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** A request to the API of the server of all tests. */
export const api: Api = (...request) => apiOf({ url: inject('appUrl'), key: inject('appKey') })(...request);

/** axe finds nothing on the page; colors are looked at in light and dark. */
export async function expectAccessible(page: Page): Promise<void> {
  // Into the page once, and only what is wrong out of it: the report of all that is right is megabytes.
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const options: axe.RunOptions = {
      resultTypes: ['violations'],
      runOnly:
        colorScheme === 'light' ? { type: 'tag', values: AXE_TAGS } : { type: 'rule', values: ['color-contrast'] },
    };
    const found = await page.evaluate<string[]>(`(async () => {
      // What hears of the colors draws in the next frame.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      // React Aria announces a button that waits by naming it, for seconds longer than the button may be there.
      const { violations } = await axe.run({ exclude: [['[data-live-announcer]']] }, ${JSON.stringify(options)});
      return violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '));
    })()`);
    vitestExpect(found.map((violation) => `${colorScheme} ${violation}`)).toEqual([]);
  }
}
