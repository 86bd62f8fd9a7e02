// A service that handles SIGTERM itself, by what ENDS_BY names, and drains for a second and a half.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { porthole } from '@porthole/sdk';

const DRAIN_MS = 1500;
const { logger, withRecord, onShutdown } = porthole();

/** Work that the service wants to finish: one span at its start and one at its end. */
async function drain() {
  await withRecord({ name: 'drain begins' }, async () => {});
  await sleep(DRAIN_MS);
  await withRecord({ name: 'drain ends' }, async () => {});
  logger.info('drained');
}

const listen = (server) =>
  new Promise((resolve) => server.listen(Number(process.env.PORT), '127.0.0.1', () => resolve(server)));

const serveHttp = () => listen(createServer((_request, response) => response.end('ok')));

const WAYS = {
  'process.on': async () => {
    await serveHttp();
    process.on('SIGTERM', async () => {
      await drain();
      process.exit(0);
    });
  },
  'process.once and an empty event loop': async () => {
    const server = await serveHttp();
    process.once('SIGTERM', async () => {
      await drain();
      server.close();
    });
  },
  'close-with-grace': async () => {
    const { default: closeWithGrace } = await import('close-with-grace');
    await serveHttp();
    closeWithGrace({ delay: 5000 }, drain);
  },
  '@godaddy/terminus': async () => {
    const { createTerminus } = await import('@godaddy/terminus');
    const server = createServer((_request, response) => response.end('ok'));
    createTerminus(server, { signals: ['SIGTERM'], timeout: 5000, onSignal: drain });
    await listen(server);
  },
  lightship: async () => {
    const { createLightship } = await import('lightship');
    const lightship = await createLightship({
      detectKubernetes: false,
      port: 0,
      shutdownDelay: 0,
      terminate: () => process.exit(0),
    });
    lightship.registerShutdownHandler(drain);
    await serveHttp();
    lightship.signalReady();
  },
  'NestJS with enableShutdownHooks': async () => {
    await import('reflect-metadata');
    const { Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    class AppModule {
      async onApplicationShutdown() {
        await drain();
      }
    }
    Module({})(AppModule);
    const app = await NestFactory.create(AppModule, { logger: false });
    app.enableShutdownHooks();
    await app.listen(Number(process.env.PORT), '127.0.0.1');
  },
  'onShutdown beside signal-exit': async () => {
    const { onExit } = await import('signal-exit');
    const server = await serveHttp();
    onExit(() => {});
    onShutdown('work', async () => {
      server.close();
      await drain();
    });
  },
};

export async function serve() {
  await WAYS[process.env.ENDS_BY]();
  logger.info('Server listening');
}
