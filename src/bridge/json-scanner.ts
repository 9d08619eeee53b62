const [quote, backslash] = [0x22, 0x5c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const [colon, comma] = [0x3a, 0x2c]

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const endsScalar = (byte: number): boolean =>
  byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)

/** The longest key that is looked for. */
const longestKey = 32

/**
 * Walks over JSON without building any value. In skipped values it only checks strings and brackets. Parsing finds the
 * other mistakes.
 */
export class JsonScanner {
  pos = 0
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.space()
  }

  /**
   * Reads the members of an object; skips any other value. `read` is called at the start of a member's value and must
   * move to its end.
   */
  members(read: (key: string) => void): void {
    this.sequence(openBrace, closeBrace, () => {
      const key = this.key()
      this.space()
      this.expect(colon)
      this.space()
      read(key)
    })
  }

  /**
   * Reads the elements of an array; skips any other value. `read` is called at the start of an element and must move to
   * its end.
   */
  elements(read: () => void): void {
    this.sequence(openBracket, closeBracket, read)
  }

  /** Moves to the end of the value. */
  skip(): void {
    const byte = this.bytes[this.pos]
    if (byte === quote) this.text()
    else if (byte === openBrace || byte === openBracket) this.nested()
    else this.scalar()
  }

  get isObject(): boolean {
    return this.bytes[this.pos] === openBrace
  }

  get atEnd(): boolean {
    return this.pos === this.bytes.length
  }

  space(): void {
    while (isSpace(this.bytes[this.pos])) this.pos++
  }

  private sequence(open: number, close: number, read: () => void): void {
    if (this.bytes[this.pos] !== open) return this.skip()
    this.pos++
    this.space()
    if (this.bytes[this.pos] === close) return void this.pos++
    for (;;) {
      read()
      this.space()
      if (this.bytes[this.pos] === close) return void this.pos++
      this.expect(comma)
      this.space()
    }
  }

  private expect(byte: number): void {
    if (this.bytes[this.pos++] !== byte) throw new SyntaxError('no JSON')
  }

  private key(): string {
    const start = this.pos
    if (this.bytes[start] !== quote) throw new SyntaxError('no JSON')
    this.text()
    return this.bytes.toString('latin1', start + 1, Math.min(this.pos - 1, start + longestKey))
  }

  /** Skips a string. It is a loop over bytes, since a search for each quote would be slow if every quote is escaped. */
  private text(): void {
    const { bytes } = this
    let pos = this.pos + 1
    while (bytes[pos] !== quote) {
      if (pos >= bytes.length) throw new SyntaxError('no JSON')
      pos += bytes[pos] === backslash ? 2 : 1
    }
    this.pos = pos + 1
  }

  private nested(): void {
    const { bytes } = this
    let depth = 0
    do {
      const byte = bytes[this.pos]
      if (byte === undefined) throw new SyntaxError('no JSON')
      if (byte === quote) {
        this.text()
        continue
      }
      if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) depth--
      this.pos++
    } while (depth > 0)
  }

  private scalar(): void {
    const start = this.pos
    while (this.pos < this.bytes.length && !endsScalar(this.bytes[this.pos] as number)) this.pos++
    if (this.pos === start) throw new SyntaxError('no JSON')
  }
}
