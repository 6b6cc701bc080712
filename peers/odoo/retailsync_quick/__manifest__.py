{
    "name": "retailsync: quick",
    "license": "Other OSI approved licence",
    "installable": False,  # it is loaded with the server (--load), into no database
}
