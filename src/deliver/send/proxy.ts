import type { Agent } from 'node:http'
import { getProxyForUrl } from 'proxy-from-env'

const create = async (url: string, proxy: string): Promise<Agent> =>
  url.startsWith('https:')
    ? new (await import('https-proxy-agent')).HttpsProxyAgent(proxy)
    : new (await import('http-proxy-agent')).HttpProxyAgent(proxy)

/**
 * The agent that a URL is reached through, by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in either case; undefined
 * for a direct connection. A proxy that is no URL is unusable: going around it is not ours to decide. Node itself knows
 * these variables only since version 24.5.
 */
export const proxyAgentFor = async (url: string): Promise<Agent | 'unusable' | undefined> => {
  const proxy = getProxyForUrl(url)
  return proxy === '' ? undefined : create(url, proxy).catch(() => 'unusable' as const)
}
