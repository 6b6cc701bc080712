package canonical

// Currency is an ISO 4217 code in upper case ("EUR", "JPY", "KWD").
type Currency string
