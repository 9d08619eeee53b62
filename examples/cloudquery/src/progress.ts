/** Says how far the work is: on a terminal in one line that is rewritten, elsewhere in lines. */
export interface Progress {
  done(name: string, outcome: string): void
  end(): void
}

export const startProgress = (total: number, stream: NodeJS.WriteStream = process.stderr): Progress => {
  let finished = 0
  const clear = () => stream.isTTY && stream.write('\r\u001B[K')
  return {
    done: (name, outcome) => {
      finished += 1
      clear()
      stream.write(`${stream.isTTY ? '' : '  '}[${finished}/${total}] ${name}: ${outcome}${stream.isTTY ? '' : '\n'}`)
    },
    end: () => void clear(),
  }
}
