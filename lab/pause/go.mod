module obsdeploy.lab/pause

go 1.26
