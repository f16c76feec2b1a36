/** Connections that somebody opened ahead of their need: Node.js takes them for busy ones, and a hub that stops would wait for them. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

export function closeSilentOnes(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}
