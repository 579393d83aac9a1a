import { ConnectorError } from '../connector/errors.ts';

/** The URL without user and password, for messages. */
export function hideCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

/**
 * The parts of a URL behind `://` that names several servers: `[user:password@]host:port,host:port[/path]`.
 * @throws ConnectorError ERR_CONFIG for a server without a port
 */
export function splitNodes(rest: string, url: string) {
  const [authority = '', ...path] = rest.split('/');
  const at = authority.lastIndexOf('@');
  const [username = '', password = ''] = at < 0 ? [] : authority.slice(0, at).split(':').map(decodeURIComponent);
  const nodes = authority
    .slice(at + 1)
    .split(',')
    .map((node) => {
      const [host = '', port = ''] = node.split(':');
      if (host === '' || !/^\d+$/.test(port)) {
        throw new ConnectorError('ERR_CONFIG', `REDIS_URL ${hideCredentials(url)} needs host:port, found "${node}"`);
      }
      return { host, port: Number(port) };
    });
  return {
    nodes,
    path,
    credentials: { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) },
  };
}
