import dns from 'node:dns'
import { isIP } from 'node:net'

type Callback = (error: Error | null, address?: unknown, family?: number) => void
interface Wanted {
  readonly all?: boolean
}
interface Address {
  readonly address: string
  readonly family: 4 | 6
}

const known = (name: string): Address[] => {
  const family = isIP(name)
  if (family === 4 || family === 6) return [{ address: name, family }]
  return name === 'localhost' ? [{ address: '127.0.0.1', family: 4 }] : []
}

const ask = async (name: string): Promise<Address[]> => {
  const resolver = new dns.promises.Resolver({ timeout: 250, tries: 1 })
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }) as const)
      : [],
  )
}

/**
 * Makes this thread resolve names with Node's own resolver. The system's resolver works in a thread that the end of the
 * process waits for, which can take minutes (`main.ts`). Node's resolver ignores `/etc/hosts`.
 */
export const resolveWithoutSystem = (): void => {
  const lookup = (name: string, options: Wanted | Callback, callback = options as Callback): void => {
    const { all } = options as Wanted
    const found = known(name)
    const tell = (addresses: Address[]) => {
      const [first] = addresses
      if (!first) callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
      else if (all) callback(null, addresses)
      else callback(null, first.address, first.family)
    }
    if (found.length > 0) process.nextTick(tell, found)
    else void ask(name).then(tell)
  }
  Object.assign(dns, { lookup })
}
