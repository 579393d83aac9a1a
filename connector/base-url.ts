/** Where requests go, by name; `api` is the one of requests that name none. */
export interface BaseUrlManifest {
  /** Text with `{account.x}`; a field is stored with its scheme. Of several, the first whose values are known. */
  url: string | string[];
  /** Hosts that may receive credentials, as a regular expression of `host` or `host:port`. Without it, those of a literal URL only. */
  hosts?: string;
  /** Whether the address that a person gives may have a path, as of a server with a prefix. */
  path?: boolean;
}

/** A base URL with its guard compiled. */
export interface BaseUrl {
  name: string;
  manifest: BaseUrlManifest;
  /** `url` of the manifest, as a list. */
  urls: readonly string[];
  /** Whether credentials may go to `host[:port]`, over HTTPS. */
  isHost(host: string): boolean;
}
