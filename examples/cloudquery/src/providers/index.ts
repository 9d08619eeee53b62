import { host } from './host.ts'
import { postgres } from './postgres.ts'
import type { Provider } from './provider.ts'

export const providers: readonly Provider[] = [postgres, host]

/** The tables are this program's own words, so their names are public. */
export const isTable = (provider: string, name: string): boolean =>
  providers.some((each) => each.name === provider && each.tables.some((table) => table.name === name))
