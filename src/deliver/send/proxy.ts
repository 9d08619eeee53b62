import type { Agent } from 'node:http'
import { getProxyForUrl } from 'proxy-from-env'

/**
 * The exports of a CommonJS package. esbuild puts them below `default` when it splits a bundle into chunks
 * (`dist/command`).
 */
const exportsOf = <Module extends object>(module: Module & { readonly default?: Module }): Module =>
  module.default ?? module

const create = async (url: string, proxy: string, signal: AbortSignal): Promise<Agent> =>
  url.startsWith('https:')
    ? new (exportsOf(await import('https-proxy-agent')).HttpsProxyAgent)(proxy, { signal } as object)
    : new (exportsOf(await import('http-proxy-agent')).HttpProxyAgent)(proxy, { signal } as object)

/**
 * Whether the variable has only a host and a port. `getProxyForUrl` then adds the scheme of the URL that is fetched.
 */
const isWithoutScheme = (proxy: string): boolean =>
  Object.entries(process.env).some(
    ([name, value = '']) =>
      /^(?:https?|all)_proxy$/i.test(name) && !value.includes('://') && proxy.endsWith(`://${value.trim()}`),
  )

/** The proxy of a URL. Without a scheme in the variable it is `http:`, as in curl. */
const proxyOf = (url: string): string => {
  const proxy = getProxyForUrl(url)
  return isWithoutScheme(proxy) ? proxy.replace(/^\w+:/, 'http:') : proxy
}

/**
 * Returns the agent that connects to a URL through a proxy, according to HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and
 * NO_PROXY in either case. Returns undefined for a direct connection. If the proxy is not an http or https URL, the
 * request fails and does not bypass it, since a direct connection may not be wanted. The signal ends the connection to
 * the proxy. Node itself reads these variables only since version 24.5.
 */
export const proxyAgentFor = async (url: string, signal: AbortSignal): Promise<Agent | 'unusable' | undefined> => {
  const proxy = proxyOf(url)
  if (proxy === '') return undefined
  if (!/^https?:/i.test(proxy)) return 'unusable'
  return create(url, proxy, signal).catch(() => 'unusable' as const)
}
