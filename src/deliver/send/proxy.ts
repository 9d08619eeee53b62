import type { Agent } from 'node:http'
import { getProxyForUrl } from 'proxy-from-env'

/** Certificates for the server behind the proxy. */
type Tls = Readonly<Record<string, Buffer>>

const create = async (url: string, proxy: string, tls: Tls): Promise<Agent> => {
  if (url.startsWith('https:')) {
    const agent = new (await import('https-proxy-agent')).HttpsProxyAgent(proxy)
    // Its own option would be for the proxy; these are added to each request.
    Object.assign(agent.options, tls)
    return agent
  }
  return new (await import('http-proxy-agent')).HttpProxyAgent(proxy)
}

/**
 * The agent that a URL is reached through, by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in either case; undefined
 * for a direct connection. A proxy that is no URL is unusable: going around it is not ours to decide. Node itself knows
 * these variables only since version 24.5.
 */
export const proxyAgentFor = async (url: string, tls: Tls = {}): Promise<Agent | 'unusable' | undefined> => {
  const proxy = getProxyForUrl(url)
  if (proxy === '') return undefined
  return create(url, proxy, tls).catch(() => 'unusable' as const)
}
