import { inOrder } from '../processes.ts'
import { over, overBare, type Round, type Suite } from '../suite.ts'
import { bareProcess, buildPrograms, emptyPackage, off, roundsOf, sample, type Subject, type Way } from './startup.ts'

/** What telemetry costs that is switched off: so little that it takes many samples to see it, and few subjects. */

/** In the place of one. */
const samplesOfRound = 20

const ways: readonly Way[] = ['import', 'require', 'bundled']
/** Of a package that is bundled and empty nothing is left. */
const subjectsOf = (way: Way): readonly Subject[] =>
  way === 'bundled' ? [bareProcess, off] : [bareProcess, emptyPackage, off]

const measured = async (way: Way, round: number): Promise<Round[]> => {
  const rounds: Round[] = []
  for (const subject of inOrder(subjectsOf(way), round)) {
    rounds.push(...roundsOf('off', way, subject, await sample(subject, way, 'on')))
  }
  return rounds
}

export const offSuite: Suite = {
  name: 'off',
  about: `startup of a command whose telemetry is switched off, with ${samplesOfRound} samples in the place of one`,
  cases: ways,
  run: async ({ rounds, only, progress }) => {
    await buildPrograms()
    const all: Round[] = []
    for (const way of ways) {
      if (only !== undefined && way !== only) continue
      await measured(way, 0)
      for (let round = 0; round < rounds * samplesOfRound; round++) {
        if (round % samplesOfRound === 0) progress(`off: ${way}, round ${round / samplesOfRound + 1} of ${rounds}`)
        const each = await measured(way, round)
        all.push(...each, ...overBare(each), ...over(each, emptyPackage.name, emptyPackage.name))
      }
    }
    return all
  },
}
