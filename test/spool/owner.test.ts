import { describe, expect, test } from 'vitest'
import { stateOf, thisProcess } from '../../src/spool/owner.ts'

describe('the owner of a file', () => {
  const here = thisProcess()
  const at = (host: string, boot: string, namespace: string) => ({ ...here, place: host + boot + namespace })
  const [host, boot, namespace] = [here.place.slice(0, 6), here.place.slice(6, 12), here.place.slice(12)]
  const other = 'ffffff'

  test.each([
    ['this process', here, 'alive'],
    ['its process id at another time', { ...here, began: '1' }, 'gone'],
    ['a process id of nobody', { ...here, pid: 4_000_000 }, 'gone'],
    ['before the last boot', at(host, other, namespace), 'gone'],
    ['another container', at(host, boot, other), 'foreign'],
    ['another machine', at(other, other, other), 'foreign'],
    ['a system that does not say when a process began', { ...here, began: '0' }, 'alive'],
  ] as const)('%s is %j', (_, owner, state) => {
    expect(stateOf(owner)).toBe(state)
  })
})
