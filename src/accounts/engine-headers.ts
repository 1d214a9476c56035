/** Headers in which our own middleware tells the engine what it knows of a caller; never taken from outside. */

export const CLIENT_IP_HEADER = "x-keyturn-client-ip";
export const REQUEST_ID_HEADER = "x-keyturn-request-id";
