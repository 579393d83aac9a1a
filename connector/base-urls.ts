import { namesIn } from './auth-text.ts';
import type { BaseUrl, BaseUrlManifest } from './base-url.ts';
import type { ConnectorManifest } from './manifest.ts';

/** The base URLs of a connector by name. */
export function compileBaseUrls({ base_urls = {} }: ConnectorManifest): ReadonlyMap<string, BaseUrl> {
  return new Map(
    Object.entries(base_urls).map(([name, manifest]) => {
      const pattern = manifest.hosts === undefined ? undefined : wholeHost(manifest.hosts);
      const urls = urlsOf(manifest);
      const own = urls.map(literalHost);
      const isHost = (host: string) => own.includes(host) || (pattern?.test(host) ?? false);
      return [name, Object.freeze({ name, manifest, urls, isHost })];
    }),
  );
}

/** The pattern of a whole host, however it is written: one that is open at an end would let other hosts through. */
export function wholeHost(hosts: string): RegExp {
  return new RegExp(`^(?:${hosts})$`, 'u');
}

/** The fields that say where it is: those that base URLs begin with. */
export function addressFields({ base_urls = {} }: ConnectorManifest): string[] {
  const urls = Object.values(base_urls).flatMap(urlsOf);
  return urls.flatMap((url) => (/^\{account\./.test(url) ? namesIn(url, 'account').slice(0, 1) : []));
}

/** The URLs of which the first is taken whose values are known. */
export function urlsOf({ url }: BaseUrlManifest): readonly string[] {
  return [url].flat();
}

/** The host of a URL that is written out in the manifest up to its path. */
export function literalHost(url: string): string | undefined {
  const origin = /^https:\/\/[a-z0-9.:-]+(?=\/|$)/.exec(url)?.[0];
  return origin === undefined ? undefined : new URL(origin).host;
}
