/** How the embedded PostgreSQL is set: full durability, a small machine, only programs of this machine. */

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // One way in is enough, and it asks for a password.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  // A programming error that leaves a transaction open must not stop the log for everybody.
  idle_in_transaction_session_timeout: '60s',
  // What was acknowledged survives a power cut. These are PostgreSQL's defaults, said so that nobody tunes them away.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_line_prefix: '',
  log_checkpoints: 'off',
  // Errors of statements are told by whoever sent them; here they would carry people's data into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export function serverArguments(cluster: string, port: number): string[] {
  const settings = { ...SETTINGS, port: String(port) };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
