import { DownloadError } from './error.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Refuses an address that others on the way could read or change: HTTPS alone, but on this machine itself.
 *
 * @throws DownloadError
 */
export function requireSecure(url: string): void {
  if (!URL.canParse(url)) throw new DownloadError(`Expected an https address but received ${url}`);
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return;
  throw new DownloadError(`Expected an https address but received ${url}`);
}

/**
 * Where a redirect leads.
 *
 * @throws DownloadError where that is not secure, or would have a server elsewhere reach into this machine
 */
export function redirected(from: string, location: string): string {
  const target = URL.canParse(location, from) ? new URL(location, from).href : location;
  try {
    requireSecure(target);
  } catch {
    throw leadsElsewhere(from, target);
  }
  if (from.startsWith('https:') && !target.startsWith('https:')) throw leadsElsewhere(from, target);
  return target;
}

function leadsElsewhere(from: string, target: string): DownloadError {
  return new DownloadError(`Expected ${from} to lead to an https address but it leads to ${target}`);
}
