#!/usr/bin/env node
// `ferry sync <server> <repository>...` pretends to copy the issues of repositories.
import { parseArgs } from 'node:util'
import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api'
import { telemetryFlags } from 'cq-telemetry'
import { ask, end, tracer } from './tracing.ts'

/** A span around some work. With a `cq.span.type` it goes to the publisher too, as far as the table allows. */
const inSpan = <T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> =>
  tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.recordException(error as Error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message })
      throw error
    } finally {
      span.end()
    }
  })

/** Has no `cq.span.type`: for the user's own collector alone. */
const request = (url: string): Promise<number> => inSpan('GET', { 'url.full': url }, async () => url.length)

const copy = (server: string, repository: string): Promise<void> =>
  inSpan(
    `copy ${repository}`,
    { 'cq.span.type': 'resource', 'cq.resource.name': 'issues', repository },
    async (span) => {
      if (!repository.includes('/')) throw new Error(`${repository} is not a repository`)
      span.setAttribute('cq.resource.count', await request(`https://${server}/${repository}/issues`))
    },
  )

const sync = (server: string, repositories: readonly string[]): Promise<void> =>
  inSpan('sync', { 'cq.span.type': 'operation', 'cq.operation.name': 'sync', server }, () =>
    inSpan('provider', { 'cq.span.type': 'provider', 'cq.provider.name': server }, async () => {
      for (const repository of repositories) await copy(server, repository)
    }),
  )

const flags = telemetryFlags().map((flag) => [flag.flags.slice(2), { type: 'boolean' }] as const)
const { positionals } = parseArgs({ allowPositionals: true, options: Object.fromEntries(flags) })
const [command, server = '', ...repositories] = positionals

await ask()
await inSpan('ferry', { 'cq.span.type': 'run', 'process.command_args': positionals }, async (run) => {
  try {
    if (command !== 'sync') throw new Error(`unknown command ${command}`)
    await sync(server, repositories)
    console.log(`copied ${repositories.length}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
    run.setStatus({ code: SpanStatusCode.ERROR })
  }
  run.setAttribute('process.exit.code', Number(process.exitCode ?? 0))
})
await end()
