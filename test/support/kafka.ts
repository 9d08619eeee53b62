import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDirectory } from '../../src/collector/paths.ts'
import { freePort } from './collector.ts'
import { type Place, type Running, start } from './program.ts'

/** A real Kafka: one broker that is its own controller (KRaft). */
export interface Kafka {
  readonly broker: string
  createTopic(name: string, partitions: number): void
  kill(signal: NodeJS.Signals): Promise<void>
  /** Starts again on the same ports with the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const project = new URL('kafka/pom.xml', import.meta.url).pathname

/** The jars, which Maven brings once. Their folder has the version in its name. */
const jars = (): string => {
  const [, version] =
    /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(readFileSync(project, 'utf8')) ?? []
  const directory = join(cacheDirectory(), `kafka-${version}`)
  if (existsSync(directory)) return directory
  mkdirSync(cacheDirectory(), { recursive: true })
  const arriving = mkdtempSync(join(cacheDirectory(), 'kafka-arriving-'))
  const args = ['-q', '-f', project, 'dependency:copy-dependencies', `-DoutputDirectory=${arriving}`]
  const { status, error } = spawnSync('mvn', args, { stdio: 'inherit' })
  if (error || status !== 0) {
    rmSync(arriving, { recursive: true, force: true })
    throw new Error('Kafka cannot be had: install Maven and a Java of version 17 or newer')
  }
  renameSync(arriving, directory)
  return directory
}

const properties = (data: string, broker: number, controller: number): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'auto.create.topics.enable': false,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

/** Starts a broker and waits until it answers. */
export const startKafka = async (): Promise<Kafka> => {
  const home = mkdtempSync(join(tmpdir(), 'cq-kafka-'))
  const place: Place = { home, cwd: home, remove: () => rmSync(home, { recursive: true, force: true }) }
  const [port, controller] = await Promise.all([freePort(), freePort()])
  const broker = `127.0.0.1:${port}`
  const config = join(home, 'server.properties')
  writeFileSync(config, properties(join(home, 'data'), port, controller))
  const classpath = ['-cp', join(jars(), '*')]
  // On a busy machine a broker may need more than the minute that a client waits by default.
  const client = join(home, 'client.properties')
  writeFileSync(client, 'default.api.timeout.ms=240000\n')
  const tool = (name: string, ...args: string[]) =>
    execFileSync('java', [...classpath, name, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  tool('kafka.tools.StorageTool', 'format', '-t', 'Y3EtdGVsZW1ldHJ5LXRlcw', '-c', config)

  let running: Running
  const begin = async () => {
    running = start('java', ['-Xmx512m', ...classpath, 'kafka.Kafka', config], place)
    tool('org.apache.kafka.tools.TopicCommand', '--bootstrap-server', broker, '--command-config', client, '--list')
  }
  // A broker does not notice that its test was killed.
  process.once('exit', () => running.kill('SIGKILL'))
  const kill = async (signal: NodeJS.Signals) => {
    running.kill(signal)
    await running.ended
  }
  await begin()
  return {
    broker,
    createTopic: (name, partitions) =>
      void tool(
        'org.apache.kafka.tools.TopicCommand',
        '--bootstrap-server',
        broker,
        '--command-config',
        client,
        '--create',
        '--topic',
        name,
        '--partitions',
        String(partitions),
      ),
    kill,
    restart: begin,
    stop: async () => {
      await kill('SIGKILL')
      place.remove()
    },
  }
}
