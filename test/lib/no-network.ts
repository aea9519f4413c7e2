import { Socket } from 'node:net';

/** Loaded before a program, makes any attempt of it to reach the network its end. */
Socket.prototype.connect = () => {
  throw new Error('the network was used');
};
