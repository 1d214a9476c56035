/** How the embedded Postgres is configured: on its command line, so that every start has this version's settings. */

const SETTINGS = {
  // Reached by its socket file alone; the directory it works in is its cluster, so the name stays short.
  listen_addresses: "",
  unix_socket_directories: ".",
  unix_socket_permissions: "0700",
  password_encryption: "scram-sha-256",
  cluster_name: "keyturn",
  // An auth server's working set is small, and it is a guest on the machine.
  shared_buffers: "64MB",
  max_connections: "60",
  jit: "off",
  io_method: "sync",
  max_logical_replication_workers: "0",
  timezone: "UTC",
  // The server hears of its own errors; kept here, their details would be people's addresses in a plain file.
  logging_collector: "off",
  log_destination: "stderr",
  log_line_prefix: "%m [%p] ",
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  log_timezone: "UTC",
};

/** For tests: data that nobody will miss after a power cut. */
const FORGETFUL = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

export function settingsArguments(durable: boolean): string[] {
  const settings = durable ? SETTINGS : { ...SETTINGS, ...FORGETFUL };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Who may connect: whoever reaches the socket and knows the password. */
export const HOST_BASED_AUTHENTICATION = "local all all scram-sha-256\nlocal replication all scram-sha-256\n";
