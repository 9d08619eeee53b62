import { describe, expect, test } from 'vitest'
import { stateOf, thisProcess } from '../../src/spool/owner.ts'

describe('the owner of a file', () => {
  const here = thisProcess()
  const at = (host: string, boot: string, namespace: string) => ({ ...here, location: host + boot + namespace })
  const [host, boot, namespace] = [here.location.slice(0, 6), here.location.slice(6, 12), here.location.slice(12)]
  const other = 'ffffff'

  test.each([
    ['this process', here, 'alive'],
    ['its process id at another time', { ...here, startTicks: '1' }, 'dead'],
    ['a process id of nobody', { ...here, pid: 4_000_000 }, 'dead'],
    ['before the last boot', at(host, other, namespace), 'dead'],
    ['another container', at(host, boot, other), 'foreign'],
    ['another machine', at(other, other, other), 'foreign'],
    ['a system that does not say when a process began', { ...here, startTicks: '0' }, 'alive'],
  ] as const)('%s is %j', (_, owner, state) => {
    expect(stateOf(owner)).toBe(state)
  })
})
