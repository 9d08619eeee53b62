import type { NetworkInterfaceInfo } from 'node:os'
import { crypto, os } from '../machine/node.ts'
import { sha1 } from '../machine/ids.ts'

/**
 * Hashes of the machine's addresses and names, of the configuration, and of the project's address. The values
 * themselves are never sent.
 */
export type HashKind = 'ip' | 'mac' | 'host' | 'config' | 'project'

/** Takes a canonical text and returns hex digits. */
export type Hash = (kind: HashKind, text: string) => string

const hexHash = (text: string, hmacKey: string | undefined): string =>
  hmacKey === undefined ? sha1(text) : crypto().createHmac('sha256', hmacKey).update(text).digest('hex')

/**
 * SHA-1, as the user documentation says, or HMAC-SHA-256 under the publisher's key. Without that key, nobody can find
 * an address by hashing all addresses. The app's name is part of the input, so that the hashes of two tools cannot be
 * joined.
 */
export const hasher =
  (app: string, hmacKey?: string): Hash =>
  (kind, text) =>
    hexHash(`cq-telemetry\0${app}\0${kind}\0${text}`, hmacKey)

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** Interfaces of containers, virtual machines and tunnels. They come and go, so they do not identify a machine. */
const virtual =
  /^(?:br-|bridge|cali|cni|docker|dummy|flannel|kube|llw|awdl|lxc|lxd|podman|tailscale|tap|tun|utun|vEthernet|veth|virbr|vmnet|wg|zt)/

const physical = (interfaces: Interfaces): NetworkInterfaceInfo[] =>
  Object.entries(interfaces)
    .flatMap(([name, infos]) => (virtual.test(name) ? [] : (infos ?? [])))
    .filter(({ internal }) => !internal)

const sortedList = (values: readonly string[]): string | undefined =>
  values.length === 0 ? undefined : [...new Set(values)].sort().join(',')

/** The IPv4 addresses, without loopback and link-local ones. IPv6 privacy addresses change daily. */
export const addresses = (interfaces: Interfaces): string | undefined =>
  sortedList(
    physical(interfaces)
      .filter(({ family, address }) => family === 'IPv4' && !address.startsWith('169.254.'))
      .map(({ address }) => address),
  )

export const macs = (interfaces: Interfaces): string | undefined =>
  sortedList(
    physical(interfaces)
      .map(({ mac }) => mac.toLowerCase())
      .filter((mac) => mac !== '00:00:00:00:00:00'),
  )

export interface HostHashes {
  readonly ip?: string
  readonly mac?: string
  readonly host?: string
}

const definedOnly = (values: Record<string, string | undefined>): HostHashes =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

export const hostHashes = (hash: Hash, interfaces = os().networkInterfaces(), host = os().hostname()): HostHashes => {
  const hashIfAny = (kind: HashKind, text: string | undefined) => (text ? hash(kind, text) : undefined)
  return definedOnly({
    ip: hashIfAny('ip', addresses(interfaces)),
    mac: hashIfAny('mac', macs(interfaces)),
    host: hashIfAny('host', host),
  })
}
